using System.Collections.Concurrent;
using Clutch.Repository;
using Clutch.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Clutch.Tests.Jobs;

/// <summary>An application that adds logging hears of its jobs, whichever it adds first.</summary>
public sealed class LoggingTests
{
    private readonly Notes _notes = new();

    [Fact]
    public async Task Logging_that_is_added_before_the_jobs_tells_of_them()
    {
        var services = new ServiceCollection();
        AddLogging(services);
        services.AddClutch(clutch => clutch.AddJob("quiet", job => job.Step("step", (_, _) => Task.CompletedTask)));
        await using var provider = services.BuildServiceProvider();

        await ClutchCommandLine.RunClutchAsync(provider, ["run", "quiet"], TextWriter.Null, TextWriter.Null, isTerminal: false);

        Assert.Contains(_notes.Lines, line => line.Contains("quiet", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Logging_that_is_added_after_the_jobs_tells_of_them()
    {
        await using var host = new JobTestHost(new()
        {
            Repository = new InMemoryJobRepository(),
            Configure = clutch => clutch.AddJob("quiet", job => job.Step("step", (_, _) => Task.CompletedTask)),
            ConfigureServices = AddLogging,
        });

        await host.RunAsync("quiet");

        Assert.Contains(_notes.Lines, line => line.Contains("quiet", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_job_without_steps_is_told()
    {
        await using var host = new JobTestHost(new()
        {
            Repository = new InMemoryJobRepository(),
            Configure = clutch => clutch.AddJob("empty", _ => { }),
            ConfigureServices = AddLogging,
        });

        await host.RunAsync("empty");

        Assert.Contains(_notes.Lines, line => line.StartsWith("Job empty has no steps", StringComparison.Ordinal));
    }

    private void AddLogging(IServiceCollection services) => services.AddLogging(logging => logging.AddProvider(_notes));

    private sealed class Notes : ILoggerProvider, ILogger
    {
        public ConcurrentQueue<string> Lines { get; } = new();

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Enqueue(formatter(state, exception));

        public void Dispose()
        {
        }
    }
}
