using System.Globalization;

namespace Demo.Hosting;

/// <summary>What the hosts log, in a file: the terminal belongs to the demo.</summary>
internal sealed class LogFile(string path) : ILoggerProvider
{
    // Without a buffer of its own: what a full disk refused is not tried again with each line.
    private readonly StreamWriter _writer = new(new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0)) { AutoFlush = true };
    private readonly Lock _lock = new();

    public string Path => path;

    public ILogger CreateLogger(string categoryName) => new Category(this, categoryName);

    // The hosts dispose their providers one after another, and the last words of the others still come.
    public void Dispose()
    {
    }

    private void Write(LogLevel level, string category, string message, Exception? fault)
    {
        var line = string.Create(
            CultureInfo.InvariantCulture, $"{TimeProvider.System.GetUtcNow():yyyy-MM-dd HH:mm:ss.fff} {level} {category}: {message}{(fault is null ? string.Empty : Environment.NewLine + fault)}");
        lock (_lock)
        {
            try
            {
                _writer.WriteLine(line);
            }
            catch (IOException)
            {
                // The disk is full: a line is lost, and whoever logged goes on.
            }
        }
    }

    private sealed class Category(LogFile file, string name) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel is not LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            file.Write(logLevel, name, formatter(state, exception), exception);
    }
}
