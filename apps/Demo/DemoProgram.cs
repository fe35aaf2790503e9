using System.Data.Common;
using System.Net;
using Clutch.Repository;
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
        if (args is ["--help"] or ["-h"] or ["-?"])
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
        // Also one that is just starting, or has no connection left.
        catch (Exception fault) when (fault is RepositoryException or DbException)
        {
            await Console.Error.WriteLineAsync(fault.Message);
            return 6;
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
            return await PerformAsync(folder, state, options, log, end.Token);
        }
        catch (Exception fault) when (fault is not (OperationCanceledException or DemoRefusedException))
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
        await using var hosts = await DemoHosts.StartAsync(folder, state, addresses, options.PostgreSql, log, cancellationToken);
        var begun = state with { HasTables = true };
        folder.Save(begun);
        return await new Performance(folder, begun, hosts, addresses).RunAsync(options.Exits, cancellationToken);
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
}
