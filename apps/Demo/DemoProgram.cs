using System.Net;
using Clutch.Hosting;
using Demo.Folder;
using Demo.Hosting;
using Demo.Showing;

namespace Demo;

/// <summary>The one command: everything starts, everything is synchronised, the simulators' books are compared, and the dashboard stays open.</summary>
internal static class DemoProgram
{
    // sysexits.h, EX_SOFTWARE.
    private const int Unforeseen = 70;

    /// <summary>Runs it; answers the exit code of docs/guides/demo.md.</summary>
    public static async Task<int> Main(string[] args)
    {
        if (DemoOptions.AskForHelp(args))
        {
            await Console.Out.WriteLineAsync(DemoOptions.Usage);
            return 0;
        }

        // All that is called listens on the loopback: a proxy of the environment has no part in it.
        HttpClient.DefaultProxy = new WebProxy();
        using var end = new EndSignal();
        try
        {
            return await RunAsync(DemoOptions.Parse(args), end);
        }
        catch (OperationCanceledException) when (end.Token.IsCancellationRequested)
        {
            await Console.Out.WriteLineAsync("\nStopped. Start it again: it goes on where it stopped.");
            return 3;
        }
        catch (DemoRefusedException refusal)
        {
            await Console.Error.WriteLineAsync(refusal.Message);
            return refusal.ExitCode;
        }
        // A database that is just starting or has no connection left, a port that another program took since we looked.
        catch (Exception fault) when (ClutchServerCommandLine.FindExitCode(fault) is { } code)
        {
            await Console.Error.WriteLineAsync(fault.Message);
            return (int)(code is ExitCode.Refused ? ExitCode.WrongUsage : code);
        }
        catch (Exception fault)
        {
            await Console.Error.WriteLineAsync(fault.Message);
            return Unforeseen;
        }
    }

    private static async Task<int> RunAsync(DemoOptions options, EndSignal end)
    {
        using var folder = DataFolder.Open(options.DataFolder);
        var state = folder.Take(options);
        using var log = new LogFile(folder.PathOf("demo.log"));
        try
        {
            var result = await PerformAsync(folder, state, options, log, end.Token);
            if (end.Token.IsCancellationRequested)
                Terminal.Say($"Ended.");
            return result;
        }
        // A call that took too long is cancelled, too, and that is a fault.
        catch (Exception fault) when (fault is not DemoRefusedException && !(fault is OperationCanceledException && end.Token.IsCancellationRequested))
        {
            log.CreateLogger(nameof(Demo)).DemoEnded(fault);
            await Console.Error.WriteLineAsync($"The demo could not go on; the file '{log.Path}' says where. Start it again: it goes on where it was.");
            throw;
        }
    }

    private static async Task<int> PerformAsync(DataFolder folder, DemoState state, DemoOptions options, LogFile log, CancellationToken cancellationToken)
    {
        var addresses = Addresses.Claim(options, folder, state);
        folder.Announce(addresses.Dashboard);
        Greet(folder, state, addresses);
        await using var notice = cancellationToken.Register(() => Terminal.Say($"Ending; Ctrl-C again ends at once."));
        await using var hosts = await DemoHosts.StartAsync(folder, state, addresses, options.PostgreSql, log, cancellationToken);
        var begun = state with { HasTables = true };
        folder.Save(begun);
        var performance = new Performance(folder, begun, hosts, addresses);
        return await hosts.UseAsync(token => performance.RunAsync(options.Exits, token), cancellationToken);
    }

    // Before anything starts: the first line comes at once.
    private static void Greet(DataFolder folder, DemoState state, Addresses addresses)
    {
        Terminal.Say($"[bold]Clutch[/] synchronises {state.CalendarCount:N0} calendars and {state.SkuCount:N0} SKUs, on {(state.Store == "sqlite" ? "SQLite" : "PostgreSQL")} and the folder {folder.Path}");
        Terminal.Say($"  Dashboard    [link]{addresses.Dashboard}[/]   watch it work");
        Terminal.Say($"  Main server  [link]{addresses.MainServer}[/]");
        Terminal.Say($"  Simulators   [link]{addresses.Simulators}[/]   the outside world, with books of its own");
        Terminal.Say($"Starting the three of them ...");
    }
}

internal static partial class Log
{
    [LoggerMessage(9501, LogLevel.Error, "The demo ended before its table")]
    public static partial void DemoEnded(this ILogger logger, Exception fault);

    [LoggerMessage(9502, LogLevel.Warning, "A host of the demo did not end well")]
    public static partial void HostEndedBadly(this ILogger logger, Exception fault);

    [LoggerMessage(9503, LogLevel.Warning, "How far the SKUs are could not be read; the bars stand still meanwhile")]
    public static partial void ProgressUnknown(this ILogger logger, Exception fault);
}
