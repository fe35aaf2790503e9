using Clutch.Cli;
using Spectre.Console;

using var interrupt = new CancellationTokenSource();
Console.CancelKeyPress += (_, press) =>
{
    // The execution goes on in the server; only the watching ends. A second Ctrl-C has its usual effect.
    press.Cancel = !interrupt.IsCancellationRequested;
    interrupt.Cancel();
};
return await CommandLine.RunAsync(args, AnsiConsole.Console, Console.Error, interrupt.Token);
