using System.Globalization;
using Clutch.Hosting;
using Clutch.Outbox;
using Clutch.Repository;
using SkuSync.Jobs;
using SkuSync.Storage;

namespace SkuSync.Hosting;

/// <summary>The command line: the engine's commands, and <c>runs</c> and <c>approve</c>.</summary>
internal static class Commands
{
    private const string Help = """
        SkuSync synchronises SKUs from a stock system to a fulfilment API.

          serve                       everything: jobs on their schedules, relay, poller, server
          run sync                    extract and deliver side by side, until all is settled
          run extract                 bring the interface table and the outbox up to date
          run relay                   send what waits in the outbox, until all has ended
          run reconcile               compare the target with the interface table and enqueue what differs
          run rehash [apply=true]     what new hash rules would send again; take them over
          runs                        the latest runs with their counts and clocks
          approve [RUN]               let the held run delete
          keys, users                 API keys and people of the server: keys create NAME --role operator, users add NAME --role operator

        'run sync' and 'run extract' take up an unfinished run, the others begin a new one; 'run=KEY' names it. Settings: --Sku:StockUrl=..., --Sku:FulfilmentUrl=..., --Clutch:Store=sqlite|postgresql,
        --ConnectionStrings:Clutch=..., environment variables such as Sku__StockUrl, or appsettings.json. docs/guides/sku-sync.md has them all. Commands of the engine:

        """;

    public static async Task<int> RunAsync(CommandLine commandLine)
    {
        if (commandLine.Verb is "help")
            await Console.Out.WriteLineAsync(Help);
        await using var services = Build(commandLine);
        if (commandLine.NeedsTables)
            await Patience(services).RunAsync(_ => MigrateAsync(services), CancellationToken.None);
        return commandLine.Verb switch
        {
            "runs" => await ShowRunsAsync(services),
            "approve" => await ApproveAsync(services, commandLine),
            _ => await RunEngineAsync(services, commandLine),
        };
    }

    /// <summary>Brings all parts of the schema up to date.</summary>
    public static async Task MigrateAsync(IServiceProvider services)
    {
        services.GetRequiredService<SkuConfiguration>().MakeFolder();
        await services.GetRequiredService<IJobRepository>().MigrateAsync(CancellationToken.None);
        await services.GetRequiredService<OutboxSchema>().MigrateAsync(CancellationToken.None);
        await services.GetRequiredService<SkuSchema>().MigrateAsync(CancellationToken.None);
    }

    private static DatabasePatience Patience(IServiceProvider services) => services.GetRequiredService<DatabasePatience>();

    private static ServiceProvider Build(CommandLine commandLine)
    {
        var configuration = new ConfigurationBuilder()
            .SetBasePath(Directory.GetCurrentDirectory())
            .AddJsonFile("appsettings.json", optional: true)
            .AddEnvironmentVariables()
            .AddCommandLine(commandLine.Settings)
            .Build();
        var settings = commandLine.Verb is "help" or "jobs" ? WithPlaceholders(configuration) : configuration;
        var services = new ServiceCollection();
        services.AddSingleton<IConfiguration>(configuration);
        services.AddLogging(logging => logging
            .AddConfiguration(configuration.GetSection("Logging"))
            // Warnings and errors belong beside the output, not in it.
            .AddFilter("System.Net.Http", LogLevel.Warning)
            .SetMinimumLevel(LogLevel.Warning)
            .AddSimpleConsole(console => console.SingleLine = true)
            .Services.Configure<Microsoft.Extensions.Logging.Console.ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace));
        services.AddSkuSync(SkuConfiguration.Read(settings), isServer: false);
        return services.BuildServiceProvider();
    }

    // Help and the list of jobs must not ask for addresses.
    private static IConfiguration WithPlaceholders(IConfiguration configuration) => new ConfigurationBuilder()
        .AddInMemoryCollection(new Dictionary<string, string?> { ["Sku:StockUrl"] = "http://stock.example/", ["Sku:FulfilmentUrl"] = "http://fulfilment.example/" })
        .AddConfiguration(configuration)
        .Build();

    private static async Task<int> RunEngineAsync(ServiceProvider services, CommandLine commandLine)
    {
        commandLine = await Patience(services).RunAsync(
            token => commandLine.WithRunAsync(services.GetRequiredService<SyncRuns>(), services.GetRequiredService<IJobRepository>(), TimeProvider.System, token), CancellationToken.None);
        var exitCode = await services.RunClutchAsync(commandLine.Command);
        if (commandLine.Job is ExtractJob.Name or SyncJob.Name && !commandLine.Command.Contains("--json"))
            await ReportAsync(services, commandLine);
        return exitCode;
    }

    private static async Task ReportAsync(ServiceProvider services, CommandLine commandLine)
    {
        var key = commandLine.Command.First(argument => argument.StartsWith("run=", StringComparison.Ordinal))["run=".Length..];
        if (await Patience(services).RunAsync(async token => await services.GetRequiredService<SyncRuns>().FindAsync(key, token), CancellationToken.None) is { } run)
            await services.GetRequiredService<RunReport>().WriteAsync(run, Console.Out, CancellationToken.None);
    }

    private static async Task<int> ShowRunsAsync(ServiceProvider services)
    {
        await services.GetRequiredService<RunReport>().SettleAllAsync(CancellationToken.None);
        foreach (var run in await services.GetRequiredService<SyncRuns>().ListAsync(limit: 10, CancellationToken.None))
            await services.GetRequiredService<RunReport>().WriteAsync(run, Console.Out, CancellationToken.None);
        return (int)ExitCode.Completed;
    }

    /// <summary>Approves the held run and lets its job go on.</summary>
    private static async Task<int> ApproveAsync(ServiceProvider services, CommandLine commandLine)
    {
        var runs = services.GetRequiredService<SyncRuns>();
        var held = (await runs.ListAsync(limit: 20, CancellationToken.None)).FirstOrDefault(run => run.Status is SyncRunStatus.Held);
        var named = commandLine.Command.ElementAtOrDefault(1);
        if (held is null || (named is not null && named != held.Id.ToString(CultureInfo.InvariantCulture)))
        {
            await Console.Error.WriteLineAsync(held is null ? "No run waits for approval." : $"Run '{named}' does not wait for approval; run {held.Id} does.");
            return (int)ExitCode.Refused;
        }

        await runs.ApproveAsync(held.Id, Environment.UserName, CancellationToken.None);
        await Console.Out.WriteLineAsync($"Run {held.Id} is approved and goes on.");
        return await RunEngineAsync(services, new(["run", ExtractJob.Name, $"run={held.Key}"], []));
    }
}
