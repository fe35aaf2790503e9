using System.Globalization;
using Clutch.Benchmarks.Results;
using Clutch.Outbox;
using Clutch.Outbox.Administration;
using Clutch.Outbox.Channels;
using Clutch.Outbox.Running;
using Clutch.Relational;
using Clutch.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Clutch.Benchmarks.Outbox;

/// <summary>OUTBOX: how many messages a second go through claim, acceptance and completion when the target costs nothing?</summary>
internal static class OutboxThroughput
{
    private const string Channel = "stock";
    private const int GroupCount = 20;

    private static readonly Ordering[] Orderings = [Ordering.LatestWins, Ordering.PerKey];

    /// <summary>What <c>--variants</c> can name.</summary>
    public static IReadOnlyList<string> Choices { get; } = [.. Orderings.Select(ordering => ordering.ToString())];

    public static async Task RunAsync(BenchmarkOptions options)
    {
        var count = options.RowsOr(50_000);
        var table = new Table(
            string.Create(CultureInfo.InvariantCulture, $"OUTBOX: {count:N0} messages of 200 bytes in {GroupCount} groups, 500 a submission, a target that costs nothing"),
            "store", "ordering", "enqueue, messages/s", "life cycle, messages/s");
        foreach (var ordering in Orderings.Where(ordering => options.Takes(ordering.ToString())))
        {
            if (options.TakesStore("sqlite"))
                await AddAsync(table, "SQLite", 50_000, ordering, options, count, RunSqliteAsync);
            if (options.TakesStore("postgresql"))
                await AddAsync(table, "PostgreSQL", 20_000, ordering, options, count, RunPostgreSqlAsync);
        }

        table.Write(
            options.Output,
            "Enqueued by 1,000 in one transaction each; the life cycle is from the first claim to the last",
            "message synced, relay and poller in one process. Each run on a fresh database, PostgreSQL with fsync, SQLite as Clutch sets it.");
    }

    private static async Task AddAsync(
        Table table, string store, int aim, Ordering ordering, BenchmarkOptions options, int count, Func<Ordering, int, Task<(Measurement Enqueue, Measurement Cycle)>> run)
    {
        await Comparison.WarmUpAsync(() => run(ordering, count / 10));
        var runs = new List<(Measurement Enqueue, Measurement Cycle)>();
        for (var i = 0; i < options.Runs; i++)
            runs.Add(await run(ordering, count));
        var cycle = Spread.Of(runs.Select(static pair => pair.Cycle.ItemsPerSecond));
        table.Add(store, ordering.ToString(), Spread.Of(runs.Select(static pair => pair.Enqueue.ItemsPerSecond)).Text("N0"), cycle.Text("N0"));
        options.Aims.AtLeast($"life cycle on {store}, {ordering}", aim, cycle.Median, " messages/s");
    }

    private static async Task<(Measurement Enqueue, Measurement Cycle)> RunSqliteAsync(Ordering ordering, int count)
    {
        var folder = Directory.CreateTempSubdirectory("clutch-outbox-");
        try
        {
            return await RunAsync(services => services.AddClutchSqlite($"Data Source={Path.Combine(folder.FullName, "outbox.db")}"), ordering, count);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task<(Measurement Enqueue, Measurement Cycle)> RunPostgreSqlAsync(Ordering ordering, int count)
    {
        await using var server = await TemporaryPostgreSql.StartAsync();
        return await RunAsync(services => services.AddClutchPostgreSql(server.ConnectionString), ordering, count);
    }

    private static async Task<(Measurement Enqueue, Measurement Cycle)> RunAsync(Action<IServiceCollection> store, Ordering ordering, int count)
    {
        var services = new ServiceCollection();
        store(services);
        var target = new InstantTarget();
        services.AddClutchOutbox(outbox => outbox.AddChannel(Channel, _ => target, _ => target, options =>
        {
            options.Ordering = ordering;
            options.BatchSize = 500;
            options.MaxConcurrency = 4;
            options.Poll.MinDelay = TimeSpan.FromMilliseconds(10);
        }));
        await using var provider = services.BuildServiceProvider();
        await provider.GetRequiredService<OutboxSchema>().MigrateAsync(CancellationToken.None);
        var enqueue = await Measurement.OfAsync(count, () => EnqueueAsync(provider, count));
        var cycle = await Measurement.OfAsync(count, () => provider.GetRequiredService<OutboxRunner>().DrainAsync(Channel, CancellationToken.None));
        var synced = (await provider.GetRequiredService<IOutboxAdmin>().GetStatisticsAsync(Channel, CancellationToken.None)).Counts[MessageStatus.Synced];
        return synced == count
            ? (enqueue, cycle)
            : throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"Only {synced} of {count} messages were synced."));
    }

    private static async Task EnqueueAsync(IServiceProvider services, int count)
    {
        var body = new byte[200];
        Array.Fill(body, (byte)' ');
        await using var session = await services.GetRequiredService<RelationalDatabase>().OpenSessionAsync(CancellationToken.None);
        foreach (var chunk in Enumerable.Range(1, count).Chunk(1_000))
        {
            var messages = Array.ConvertAll(chunk, number => new OutboxMessage
            {
                Channel = Channel,
                Group = string.Create(CultureInfo.InvariantCulture, $"account-{number % GroupCount}"),
                Key = string.Create(CultureInfo.InvariantCulture, $"sku-{number:D8}"),
                Version = 1,
                Type = "UPSERT",
                Body = body,
            });
            await session.BeginAsync(CancellationToken.None);
            await services.GetRequiredService<IOutbox>().EnqueueAsync(session, messages, CancellationToken.None);
            await session.CommitAsync(CancellationToken.None);
        }
    }
}
