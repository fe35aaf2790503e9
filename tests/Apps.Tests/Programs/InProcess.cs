using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;

namespace Apps.Tests.Programs;

/// <summary>
/// A program of this solution run to its end by the test process itself. In a process of its own a run of 50 SKUs took 1.7 s of processor time, 1.0 s of it to compile its code: what is neither killed nor
/// signalled can do without.
/// </summary>
internal static class InProcess
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>Runs a program as its entry point does; answers its exit code and all it wrote to both outputs.</summary>
    /// <param name="name">Its assembly, such as <c>SkuSync</c>.</param>
    /// <param name="arguments">Its arguments; environment and working folder are the test process's.</param>
    public static async Task<(int ExitCode, string Output)> RunAsync(string name, IEnumerable<string> arguments)
    {
        using var output = new StringWriter();
        FlowConsole.Output.Value = output;
        var program = Assembly.Load(name);
        string[] array = [.. arguments];
        // The entry point of an asynchronous program waits for its end on the thread that called it.
        var run = Task.Factory.StartNew(
            () => (int)program.EntryPoint!.Invoke(null, BindingFlags.DoNotWrapExceptions, binder: null, [array], culture: null)!,
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        try
        {
            var exitCode = await run.WaitAsync(Patience);
            return (exitCode, FlowConsole.TextOf(output));
        }
        catch (TimeoutException fault)
        {
            throw new TimeoutException($"The program did not end within {Patience}:\n{FlowConsole.TextOf(output)}", fault);
        }
    }

    [ModuleInitializer]
    internal static void TakeOverConsole()
    {
        Console.SetOut(new FlowConsole(Console.Out));
        Console.SetError(new FlowConsole(Console.Error));
    }

    /// <summary>The console of this process: what is written goes to the program in whose flow it is written, else where it went before.</summary>
    private sealed class FlowConsole(TextWriter processOutput) : TextWriter
    {
        public static readonly AsyncLocal<StringWriter?> Output = new();

        // Both outputs, and loggers' threads, write to one text.
        private static readonly Lock Writing = new();

        public override Encoding Encoding => processOutput.Encoding;

        public static string TextOf(StringWriter output)
        {
            lock (Writing)
                return output.ToString();
        }

        public override void Write(char value) => Write(new ReadOnlySpan<char>(in value));

        public override void Write(string? value) => Write(value.AsSpan());

        public override void Write(char[] buffer, int index, int count) => Write(buffer.AsSpan(index, count));

        public override void Write(ReadOnlySpan<char> buffer)
        {
            lock (Writing)
                (Output.Value ?? processOutput).Write(buffer);
        }
    }
}
