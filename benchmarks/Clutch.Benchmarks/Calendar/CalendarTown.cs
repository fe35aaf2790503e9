using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Clutch.Benchmarks.Processes;
using Clutch.Testing;
using Npgsql;

namespace Clutch.Benchmarks.Calendar;

/// <summary>A calendar service in real processes: PostgreSQL, the provider of feeds, and the programs that a measurement starts.</summary>
internal sealed class CalendarTown : IAsyncDisposable
{
    /// <summary>What the main server's load signs in with.</summary>
    public const string Token = "a-token-of-a-measurement-with-enough-letters";

    private readonly TemporaryPostgreSql _server;
    private readonly FeedProvider _provider;
    private readonly bool _ownsProvider;
    private readonly string _folder;

    private CalendarTown(TemporaryPostgreSql server, FeedProvider provider, bool ownsProvider, string folder)
    {
        _server = server;
        _provider = provider;
        _ownsProvider = ownsProvider;
        _folder = folder;
        Source = NpgsqlDataSource.Create(server.ConnectionString);
    }

    public NpgsqlDataSource Source { get; }

    public Uri ProviderUrl => _provider.Url;

    public int FeedCount => _provider.FeedCount;

    /// <summary>A town with a provider of its own.</summary>
    public static async Task<CalendarTown> OpenAsync(int feeds, int events) => await OpenAsync(await FeedProvider.StartAsync(feeds, events), ownsProvider: true);

    /// <summary>A new town beside a provider that others use, too.</summary>
    public static Task<CalendarTown> OpenAsync(FeedProvider provider) => OpenAsync(provider, ownsProvider: false);

    /// <summary>Starts a role of the program; its output is thrown away.</summary>
    public Process Start(string role, params string[] arguments) => Programs.StartQuietly("dotnet", ["exec", Programs.Assembly("CalendarSync"), role, .. arguments], _folder, Settings);

    /// <summary>Runs the import once, in a process of its own.</summary>
    /// <returns>The seconds of the job, without the start of the process, and the process's memory.</returns>
    public async Task<(double Seconds, double PeakMegabytes)> ImportAsync()
    {
        await ExecuteAsync("UPDATE calendar_feed SET next_due_at = now(); VACUUM ANALYZE");
        using var process = Start("batch", "run", "import", "--quiet");
        var peak = PeakMemory.WatchAsync(process);
        await process.WaitForExitAsync();
        if (process.ExitCode != 0) throw new InvalidOperationException($"The import ended with {process.ExitCode}.");
        var seconds = await ScalarAsync<double>("SELECT extract(epoch FROM ended_at - started_at)::float8 FROM clutch_job_execution ORDER BY id DESC LIMIT 1");
        return (seconds, await peak);
    }

    public IReadOnlyDictionary<string, string> Settings => new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["Clutch__Store"] = "postgresql",
        ["ConnectionStrings__Clutch"] = _server.ConnectionString,
        ["Calendar__Outbound__Allow__0"] = "127.0.0.1:*",
        // As fast as it can, where speed is the question.
        ["Calendar__Import__FeedsPerSecond"] = "0",
        // One host plays ten thousand: the manners towards one do not apply.
        ["Calendar__Feeds__DefaultHost__MinGap"] = "00:00:00",
        ["Calendar__Feeds__DefaultHost__MaxConnections"] = "32",
        ["Calendar__Feeds__DefaultHost__BreakAfter"] = "1000",
        ["Calendar__Feeds__MaxTurnWait"] = "00:30:00",
        ["Calendar__Feeds__Deadline"] = "00:00:20",
        ["Logging__LogLevel__Default"] = "Warning",
        ["DOTNET_gcServer"] = "0",
        // As CalendarSync has it; the measurement's own main server, with the original's import, must not differ.
        ["DOTNET_TieredPGO"] = "0",
    };

    public Task BehaveAsync(string feeds, string behaviour) => _provider.BehaveAsync(feeds, behaviour);

    public Task<int> ChangeAsync(int percent) => _provider.ChangeAsync(percent);

    public async Task ExecuteAsync(string sql)
    {
        // One at a time: VACUUM runs in no transaction.
        foreach (var statement in sql.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            await Source.ExecuteAsync(statement);
    }

    public async Task<T> ScalarAsync<T>(string sql)
    {
        await using var command = Source.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    public async ValueTask DisposeAsync()
    {
        if (_ownsProvider) await _provider.DisposeAsync();
        await Source.DisposeAsync();
        await _server.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private static async Task<CalendarTown> OpenAsync(FeedProvider provider, bool ownsProvider)
    {
        var town = new CalendarTown(await TemporaryPostgreSql.StartAsync(), provider, ownsProvider, Directory.CreateTempSubdirectory("clutch-calendars-").FullName);
        await town.BuildAsync();
        return town;
    }

    private async Task BuildAsync()
    {
        using (var migrate = Start("batch", "migrate"))
        {
            await migrate.WaitForExitAsync();
            if (migrate.ExitCode != 0) throw new InvalidOperationException($"The schema could not be made: {migrate.ExitCode}.");
        }

        var token = Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(Token)));
        await ExecuteAsync($"""
            INSERT INTO calendar_user (name, time_zone, created_at) VALUES ('looker', 'UTC', now()), ('crowd', 'UTC', now());
            INSERT INTO calendar_credential (user_id, kind, secret_hash, label, created_at) SELECT id, 'token', '\x{token}', 'load', now() FROM calendar_user WHERE name = 'looker';
            INSERT INTO calendar_event (user_id, uid, title, is_all_day, start_local, end_local, time_zone, start_utc, end_utc, window_from, window_to, zone_data, created_at, updated_at)
            SELECT 1, 'e' || n, 'Event ' || n, false, to_char(t, 'YYYY-MM-DD"T"HH24:MI:SS'), to_char(t + interval '1 hour', 'YYYY-MM-DD"T"HH24:MI:SS'), 'UTC', t, t + interval '1 hour', t, t + interval '1 hour', 'x', now(), now()
            FROM generate_series(1, 600) AS n, LATERAL (SELECT timestamptz '2026-01-01 08:00:00+00' + n * interval '14 hours' AS t) AS at;
            INSERT INTO calendar_feed (url_key, url, host, created_at, next_due_at)
            SELECT '{ProviderUrl}calendars/feeds/' || n || '.ics', '{ProviderUrl}calendars/feeds/' || n || '.ics', '{ProviderUrl.Authority}', now(), now() FROM generate_series(1, {Text(FeedCount)}) AS n;
            INSERT INTO calendar_subscription (user_id, feed_id, label, color, created_at, updated_at) SELECT 2, id, id::text, 'blue', now(), now() FROM calendar_feed
            """);
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
