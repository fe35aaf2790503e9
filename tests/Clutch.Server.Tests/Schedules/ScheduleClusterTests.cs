using System.Globalization;
using Clutch.Testing;
using Npgsql;

namespace Clutch.Server.Tests.Schedules;

/// <summary>Three server processes on one PostgreSQL, one of them killed again and again. <c>CLUTCH_SCHEDULE_KILLS</c> and <c>CLUTCH_SCHEDULE_PERIOD</c> (seconds) make it a campaign: eng/schedule-kill-campaign.sh.</summary>
public sealed class ScheduleClusterTests(Xunit.Abstractions.ITestOutputHelper output)
{
    private const int IntervalSeconds = 2;
    private const int PauseMilliseconds = 400; // five items: an execution takes two seconds, so that a kill meets one
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(5);

    [SkippableFact]
    public async Task Each_due_firing_runs_exactly_once_although_processes_are_killed()
    {
        Skip.If(TemporaryPostgreSql.FindBinaries() is null, "No PostgreSQL server: install the package 'postgresql'.");
        var (kills, period) = (Number("CLUTCH_SCHEDULE_KILLS", 2), TimeSpan.FromSeconds(Number("CLUTCH_SCHEDULE_PERIOD", 8)));
        await using var server = await TemporaryPostgreSql.StartAsync("fsync=off");
        await using var database = NpgsqlDataSource.Create(server.ConnectionString);
        await ExecuteAsync(database, ScheduleNode.CreateTable);
        await using var nodes = new NodeProcesses(server.ConnectionString, IntervalSeconds, PauseMilliseconds);
        for (var node = 0; node < 3; node++)
            nodes.Start();
        await Poll.UntilAsync(() => CountAsync(database, "SELECT count(*) FROM work_done"), count => count > 0);
        var startedAt = await TimeAsync(database);

        for (var kill = 0; kill < kills; kill++)
        {
            await Task.Delay(period, TimeProvider.System);
            // The one that is at work: a kill that meets nobody's work shows little.
            var busy = await Poll.UntilAsync(() => FindBusyAsync(database), node => node is not null);
            nodes.Kill(int.Parse(busy!.Split('/')[2], CultureInfo.InvariantCulture));
            nodes.Start();
        }

        await Task.Delay(period, TimeProvider.System);
        var endedAt = await TimeAsync(database) - TimeSpan.FromSeconds(IntervalSeconds);
        var due = DueBetween(startedAt, endedAt);
        await Poll.UntilAsync(() => ListDoneAsync(database), done => due.All(at => done.GetValueOrDefault(at).Count >= ScheduleNode.ItemCount));

        var rows = await ListDoneAsync(database);
        var takenOver = await ListTakenOverAsync(database);
        foreach (var line in takenOver)
            output.WriteLine($"killed {line.Node[^12..]}, taken over after {line.Seconds:0.0} s by {line.By[^12..]}");
        output.WriteLine($"{due.Count} firings were due in {(endedAt - startedAt).TotalSeconds:0} s; {kills} processes were killed; {takenOver.Count} executions were taken over, at the latest after {takenOver.Select(line => line.Seconds).DefaultIfEmpty().Max():0.0} s");
        Assert.All(due, at => Assert.Equal((ScheduleNode.ItemCount, ScheduleNode.ItemCount), (rows[at].Count, rows[at].Distinct)));
        Assert.Equal(0, await CountAsync(database, "SELECT count(*) FROM clutch_job_instance i WHERE (SELECT count(*) FROM clutch_job_execution e WHERE e.instance_id = i.id AND e.status = 'Completed') > 1"));
        Assert.NotEmpty(takenOver);
        Assert.All(takenOver, line => Assert.NotEqual(line.Node, line.By));
        // The campaign judges the time, on a machine of its own.
        if (Environment.GetEnvironmentVariable("CLUTCH_SCHEDULE_KILLS") is { Length: > 0 })
            Assert.All(takenOver, line => Assert.True(line.Seconds <= Lease.TotalSeconds + 5, $"An execution was taken over only after {line.Seconds:0.0} s."));
    }

    private static int Number(string variable, int absent) => Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : absent;

    private static List<string> DueBetween(DateTimeOffset from, DateTimeOffset to)
    {
        var due = new List<string>();
        for (var second = from.ToUnixTimeSeconds() + 1; second < to.ToUnixTimeSeconds(); second++)
        {
            if (second % IntervalSeconds == 0)
                due.Add(Executions.JobParameters.Format(DateTimeOffset.FromUnixTimeSeconds(second)));
        }

        return due;
    }

    private static async Task<Dictionary<string, (int Count, int Distinct)>> ListDoneAsync(NpgsqlDataSource database)
    {
        await using var command = database.CreateCommand("SELECT scheduled_at, count(*)::int, count(DISTINCT item)::int FROM work_done GROUP BY scheduled_at");
        await using var rows = await command.ExecuteReaderAsync();
        var done = new Dictionary<string, (int, int)>(StringComparer.Ordinal);
        while (await rows.ReadAsync())
            done.Add(rows.GetString(0), (rows.GetInt32(1), rows.GetInt32(2)));
        return done;
    }

    /// <summary>Executions whose node died, with how long after the last sign of life the next execution of their instance began.</summary>
    private static async Task<List<(string Node, string By, double Seconds)>> ListTakenOverAsync(NpgsqlDataSource database)
    {
        await using var command = database.CreateCommand("""
            SELECT lost.node, next.node, extract(epoch FROM next.started_at - greatest(lost.lease_expires_at - interval '5 s', lost.started_at))::float8
            FROM clutch_job_execution AS lost
            JOIN clutch_job_execution AS next ON next.instance_id = lost.instance_id AND next.attempt = lost.attempt + 1
            WHERE lost.failure_type = 'LeaseExpired'
            """);
        await using var rows = await command.ExecuteReaderAsync();
        var lines = new List<(string, string, double)>();
        while (await rows.ReadAsync())
            lines.Add((rows.GetString(0), rows.GetString(1), rows.GetDouble(2)));
        return lines;
    }

    /// <summary>The node of an execution that has just begun, or null.</summary>
    private static async Task<string?> FindBusyAsync(NpgsqlDataSource database)
    {
        await using var command = database.CreateCommand("SELECT node FROM clutch_job_execution WHERE status = 'Started' AND started_at > clock_timestamp() - interval '1 s' LIMIT 1");
        return (string?)await command.ExecuteScalarAsync();
    }

    private static async Task<DateTimeOffset> TimeAsync(NpgsqlDataSource database)
    {
        await using var command = database.CreateCommand("SELECT clock_timestamp()");
        return new DateTimeOffset((DateTime)(await command.ExecuteScalarAsync())!, TimeSpan.Zero);
    }

    private static async Task<long> CountAsync(NpgsqlDataSource database, string sql)
    {
        await using var command = database.CreateCommand(sql);
        return (long)(await command.ExecuteScalarAsync())!;
    }

    private static async Task ExecuteAsync(NpgsqlDataSource database, string sql)
    {
        await using var command = database.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}
