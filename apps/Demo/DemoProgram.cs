using Clutch.Repository;
using Demo.Folder;
using Demo.Hosting;
using Demo.Showing;

namespace Demo;

/// <summary>The one command: everything starts, everything is synchronised, the simulators' books are compared, and the dashboard stays open.</summary>
internal static class DemoProgram
{
    /// <summary>Runs it; answers the exit code of docs/guides/demo.md.</summary>
    public static async Task<int> Main(string[] args)
    {
        if (args is ["--help"] or ["-h"] or ["-?"])
        {
            await Console.Out.WriteLineAsync(DemoOptions.Usage);
            return 0;
        }

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
        catch (RepositoryException fault)
        {
            await Console.Error.WriteLineAsync(fault.Message);
            return 6;
        }
    }

    private static async Task<int> RunAsync(DemoOptions options, EndSignal end)
    {
        using var folder = DataFolder.Open(options.DataFolder);
        var state = folder.Take(options);
        using var log = new LogFile(folder.PathOf("demo.log"));
        var addresses = Addresses.Claim(options, state);
        folder.Announce(addresses.Dashboard);
        Greet(folder, state, addresses);
        await using var hosts = await DemoHosts.StartAsync(folder, state, addresses, options.PostgreSql, log, end.Token);
        return await new Performance(folder, state, hosts, addresses).RunAsync(options.Exits, end.Token);
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
