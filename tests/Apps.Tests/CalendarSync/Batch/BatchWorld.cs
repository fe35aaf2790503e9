using System.Globalization;
using System.Text.Json;
using Apps.Tests.Simulators;
using CalendarSync.Jobs;
using CalendarSync.Storage;
using Clutch.Executions;
using Clutch.Launching;
using Clutch.Relational;
using Clutch.Repository;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Apps.Tests.CalendarSync.Batch;

/// <summary>The batch jobs on a store of their own, with a simulated provider of calendars, and a look at what they left behind.</summary>
internal sealed class BatchWorld : IAsyncDisposable
{
    private readonly string _folder;
    private readonly ServiceProvider _services;
    private int _runs;

    private BatchWorld(string folder, BatchDatabase database, SimulatorProcess provider, IReadOnlyDictionary<string, string?> settings, Action<IServiceCollection>? configure)
    {
        _folder = folder;
        Storage = database;
        Provider = provider;
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(Settings(database)).AddInMemoryCollection(settings).Build();
        var services = new ServiceCollection().AddSingleton<IConfiguration>(configuration).AddSingleton<TimeProvider>(Clock).AddLogging();
        if (database.Store == "sqlite") services.AddClutchSqlite(database.ConnectionString);
        else services.AddClutchPostgreSql(database.ConnectionString);
        configure?.Invoke(services);
        services.AddCalendarJobs(configuration);
        _services = services.BuildServiceProvider(new ServiceProviderOptions { ValidateScopes = true });
    }

    public ShiftedClock Clock { get; } = new();

    public BatchDatabase Storage { get; }

    public SimulatorProcess Provider { get; }

    public IServiceProvider Services => _services;

    public RelationalDatabase Database => _services.GetRequiredService<RelationalDatabase>();

    public static async Task<BatchWorld> StartAsync(string store, int feeds = 20, int events = 10, IReadOnlyDictionary<string, string?>? settings = null, Action<IServiceCollection>? configure = null)
    {
        var folder = Directory.CreateTempSubdirectory("calendar-batch-").FullName;
        var provider = await SimulatorProcess.StartAsync("calendars", "--feeds", Text(feeds), "--events", Text(events));
        var world = new BatchWorld(folder, await BatchDatabase.CreateAsync(store, folder), provider, settings ?? new Dictionary<string, string?>(StringComparer.Ordinal), configure);
        await world._services.GetRequiredService<IJobRepository>().MigrateAsync(CancellationToken.None);
        await CalendarSchema.MigratorOf(world.Database).MigrateAsync(CancellationToken.None);
        await world.ExecuteAsync("INSERT INTO calendar_user (name, time_zone, created_at) VALUES ('reader', 'UTC', @now)");
        await world.CountWritesAsync();
        return world;
    }

    /// <summary>Settings that open the door to loopback, and only for tests: no gaps, no breaker, no waits.</summary>
    public static IReadOnlyDictionary<string, string?> Settings(BatchDatabase database) => new Dictionary<string, string?>(database.Settings, StringComparer.Ordinal)
    {
        ["Calendar:Outbound:Allow:0"] = "127.0.0.1:*",
        ["Calendar:Import:FeedsPerSecond"] = "0",
        // A busy machine would let a program that yields to all others wait for minutes.
        ["Batch:Priority"] = "normal",
        ["Calendar:Feeds:DefaultHost:MinGap"] = "00:00:00",
        ["Calendar:Feeds:DefaultHost:MaxConnections"] = "64",
        ["Calendar:Feeds:DefaultHost:BreakAfter"] = "1000",
        ["Calendar:Feeds:MaxTurnWait"] = "00:05:00",
        // Longer than a busy machine holds up a provider that means well; tests of providers that do not set their own.
        ["Calendar:Feeds:IdleTimeout"] = "00:01:00",
        ["Calendar:Feeds:Deadline"] = "00:02:00",
    };

    /// <summary>Settings under which a provider that never ends its answer is given up soon.</summary>
    public static IReadOnlyDictionary<string, string?> Impatient { get; } = new Dictionary<string, string?>(StringComparer.Ordinal) { ["Calendar:Feeds:Deadline"] = "00:00:10" };

    /// <summary>Subscribes to the provider's feeds from 1 on.</summary>
    public async Task SubscribeAsync(int feeds)
    {
        for (var feed = 1; feed <= feeds; feed++) await SubscribeAsync($"{Provider.Url}calendars/feeds/{Text(feed)}.ics", feed);
    }

    /// <summary>Subscribes to an address, as the main server does.</summary>
    public async Task SubscribeAsync(string url, int feed = 0) => await ExecuteAsync("""
        INSERT INTO calendar_feed (url_key, url, host, created_at, next_due_at) VALUES (@url, @url, '127.0.0.1', @now, @now);
        INSERT INTO calendar_subscription (user_id, feed_id, label, color, created_at, updated_at)
        SELECT 1, id, @label, 'blue', @now, @now FROM calendar_feed WHERE url_key = @url
        """, ("url", url), ("label", Text(feed)));

    /// <summary>Makes all feeds due that are ever due, and imports.</summary>
    public async Task<JobExecution> ImportAsync()
    {
        await ExecuteAsync("UPDATE calendar_feed SET next_due_at = @now WHERE next_due_at IS NOT NULL");
        return await RunAsync(CalendarJobs.Import);
    }

    /// <summary>Runs a job as of now, to its end.</summary>
    public async Task<JobExecution> RunAsync(string job)
    {
        // Two runs within a second are two runs.
        var asOf = Clock.GetUtcNow().AddTicks(++_runs);
        var launch = await _services.GetRequiredService<JobLauncher>().LaunchAsync(job, new Dictionary<string, string>(StringComparer.Ordinal) { [CalendarJobs.AsOf] = JobParameters.Format(asOf) });
        var execution = await launch.Run!.Completion;
        Assert.True(execution.Status == BatchStatus.Completed, $"{execution.Status}: {execution.Failure?.Message} {execution.Failure?.Details}");
        return execution;
    }

    /// <summary>Orders a behaviour for feeds such as "1-3,7".</summary>
    public Task BehaveAsync(string feeds, string behaviour, int? count = null) =>
        Provider.PostAsync("control/calendars/behaviours", JsonSerializer.Serialize(new { feeds, behaviour, count }, JsonSerializerOptions.Web));

    /// <summary>Changes the content of feeds.</summary>
    public Task ChangeAsync(string feeds) => Provider.PostAsync($"control/calendars/change?feeds={feeds}");

    /// <summary>One feed as it lies in the database.</summary>
    public async Task<FeedRecord> FeedAsync(int feed)
    {
        var statement = new Statement($"SELECT {string.Join(", ", FeedRecord.Columns)} FROM calendar_feed WHERE id = (SELECT feed_id FROM calendar_subscription WHERE label = @label)").With("label", Text(feed));
        return (await Database.QueryAsync(statement, Rows.All(row => FeedRecord.Read(row, Database)), CancellationToken.None)).Single();
    }

    /// <summary>What is stored of a feed: <c>uid|instance|start|end|summary</c>, sorted.</summary>
    public async Task<IReadOnlyList<string>> EventsAsync(int feed)
    {
        var statement = new Statement("""
            SELECT uid, start_utc, start_local, component FROM calendar_feed_event
            WHERE feed_id = (SELECT feed_id FROM calendar_subscription WHERE label = @label)
            """).With("label", Text(feed));
        var rows = await Database.QueryAsync(statement, Rows.All(row => $"{row.GetString(0)}|{(row.IsDBNull(1) ? row.GetString(2) : Instant(Database.ReadInstant(row, 1)))}|{SummaryOf(row.GetString(3))}"), CancellationToken.None);
        return [.. rows.Order(StringComparer.Ordinal)];
    }

    /// <summary>What the provider says is in a feed, in the same form.</summary>
    public async Task<IReadOnlyList<string>> TruthAsync(int feed)
    {
        var truth = await Provider.GetAsync($"control/calendars/feeds/{Text(feed)}");
        return [.. truth.GetProperty("events").EnumerateArray().Select(EventText).Order(StringComparer.Ordinal)];
    }

    /// <summary>Rows of events that were inserted, updated or deleted since the last call.</summary>
    public async Task<(long Inserted, long Updated, long Deleted)> TakeWritesAsync()
    {
        var counts = await Database.QueryAsync(new Statement("SELECT kind, count(*) FROM test_write GROUP BY kind"), Rows.All(row => (Kind: row.GetString(0), Count: row.GetInt64(1))), CancellationToken.None);
        await ExecuteAsync("DELETE FROM test_write");
        long Of(string kind) => counts.Where(count => count.Kind == kind).Sum(count => count.Count);
        return (Of("INSERT"), Of("UPDATE"), Of("DELETE"));
    }

    /// <summary>Row ids of a feed's events by the summary: what must survive.</summary>
    public async Task<IReadOnlyDictionary<string, long>> RowIdsAsync(int feed)
    {
        var statement = new Statement("SELECT id, component FROM calendar_feed_event WHERE feed_id = (SELECT feed_id FROM calendar_subscription WHERE label = @label)").With("label", Text(feed));
        var rows = await Database.QueryAsync(statement, Rows.All(row => (Id: row.GetInt64(0), Summary: SummaryOf(row.GetString(1)))), CancellationToken.None);
        return rows.ToDictionary(row => row.Summary, row => row.Id, StringComparer.Ordinal);
    }

    public async Task ExecuteAsync(string sql, params (string Name, object? Value)[] parameters)
    {
        var statement = new Statement(sql).With("now", Clock.GetUtcNow());
        foreach (var (name, value) in parameters) statement.With(name, value);
        await Database.ChangeAsync(statement, Rows.Affected, CancellationToken.None);
    }

    /// <summary>Waits until the provider's clock shows another second.</summary>
    public static async Task WaitForNextSecondAsync()
    {
        var second = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        while (TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() == second) await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
    }

    /// <summary>A number that a query with <c>@now</c> answers.</summary>
    public async Task<long> CountAtAsync(string sql) =>
        (await Database.QueryAsync(new Statement(sql).With("now", TimeProvider.System.GetUtcNow()), Rows.All(row => Convert.ToInt64(row.GetValue(0), CultureInfo.InvariantCulture)), CancellationToken.None)).Single();

    public async Task<long> CountAsync(string sql) => (await Database.QueryAsync(new Statement(sql), Rows.All(row => row.GetInt64(0)), CancellationToken.None)).Single();

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        await Provider.DisposeAsync();
        SqliteConnection.ClearAllPools();
        Directory.Delete(_folder, recursive: true);
    }

    // Triggers count what really happens to rows, whatever the code believes it did.
    private Task CountWritesAsync() => Storage.Store == "sqlite"
        ? ExecuteAsync("""
            CREATE TABLE test_write (kind TEXT NOT NULL);
            CREATE TRIGGER test_insert AFTER INSERT ON calendar_feed_event BEGIN INSERT INTO test_write VALUES ('INSERT'); END;
            CREATE TRIGGER test_update AFTER UPDATE ON calendar_feed_event BEGIN INSERT INTO test_write VALUES ('UPDATE'); END;
            CREATE TRIGGER test_delete AFTER DELETE ON calendar_feed_event BEGIN INSERT INTO test_write VALUES ('DELETE'); END
            """)
        : ExecuteAsync("""
            CREATE TABLE test_write (kind text NOT NULL);
            CREATE FUNCTION test_write() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO test_write VALUES (TG_OP); RETURN NULL; END $$;
            CREATE TRIGGER test_write AFTER INSERT OR UPDATE OR DELETE ON calendar_feed_event FOR EACH ROW EXECUTE FUNCTION test_write()
            """);

    private static string EventText(JsonElement item)
    {
        var start = item.GetProperty("start").GetDateTimeOffset();
        var summary = item.GetProperty("summary").GetString();
        var kind = item.GetProperty("kind").GetString();
        var shown = kind switch
        {
            "AllDay" => start.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
            "Zoned" => Instant(NodaTime.DateTimeZoneProviders.Tzdb["Europe/Berlin"].AtLeniently(NodaTime.LocalDateTime.FromDateTime(start.UtcDateTime)).ToDateTimeOffset()),
            _ => Instant(start),
        };
        return $"{item.GetProperty("uid").GetString()}|{shown}|{summary}";
    }

    private static string Instant(DateTimeOffset instant) => instant.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static string SummaryOf(string component) => component.Split("\r\n").Single(line => line.StartsWith("SUMMARY:", StringComparison.Ordinal))["SUMMARY:".Length..].Replace("\\,", ",", StringComparison.Ordinal);

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
