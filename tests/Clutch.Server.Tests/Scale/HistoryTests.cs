using System.Data.Common;
using Clutch.Client.Wire;
using Clutch.Relational;
using Clutch.Server.Audit;
using Clutch.Server.Queries;
using Clutch.Server.Retention;
using Clutch.Server.Storage;
using Clutch.Server.Tests.Fixtures;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Clutch.Server.Tests.Scale;

/// <summary>A history of 12,000 executions: what the server asks answers from indexes, and retention takes it away in bites.</summary>
public abstract class HistoryTests(StoreKind kind) : IAsyncLifetime
{
    private const int ExecutionCount = 12_000;
    private TestServer? _server;

    protected TestServer Server => _server!;

    protected abstract string Series { get; }

    protected abstract string DaysAgo(string days);

    protected abstract string Explain { get; }

    protected abstract bool IsScan(string planLine);

    public async Task InitializeAsync()
    {
        // A server looks for what is too old as soon as it is up, at a moment that nobody knows: for this one nothing ever is.
        _server = await TestServer.StartAsync(kind, new()
        {
            Options = options =>
            {
                options.Retention.KeepExecutions = TimeSpan.FromDays(36_500);
                options.Retention.KeepAudit = TimeSpan.FromDays(36_500);
            },
        });
        await ExecuteAsync($"""
            INSERT INTO clutch_job_instance (job_name, instance_key, created_at)
            SELECT CASE WHEN i % 3 = 0 THEN 'quick' WHEN i % 3 = 1 THEN 'failing' ELSE 'job-' || (i % 40) END, 'old-' || i, {DaysAgo("200")} FROM {Series};
            INSERT INTO clutch_job_execution (instance_id, job_name, attempt, status, parameters, node, fence, lease_expires_at, started_at, ended_at)
            SELECT id, job_name, 1, CASE WHEN job_name = 'failing' THEN 'Failed' ELSE 'Completed' END, '{"{}"}', 'old-node', 1, {DaysAgo("200")},
                CASE WHEN id % 2 = 0 THEN {DaysAgo("200")} ELSE {DaysAgo("10")} END, CASE WHEN id % 2 = 0 THEN {DaysAgo("199")} ELSE {DaysAgo("9")} END
            FROM clutch_job_instance;
            INSERT INTO clutch_step_execution (job_execution_id, instance_id, step_name, status, start_count, fence, read_count, written_count)
            SELECT id, instance_id, 'load', 'Completed', 1, 1, 100, 100 FROM clutch_job_execution;
            INSERT INTO clutch_dead_letter (instance_id, step_execution_id, step_name, phase, ordinal, failure_type, failure_message, skipped_at)
            SELECT instance_id, id, 'load', 'Write', 1, 'FormatException', 'x', {DaysAgo("200")} FROM clutch_step_execution WHERE id % 10 = 0;
            INSERT INTO clutch_audit (at, actor, action, target, outcome)
            SELECT {DaysAgo("800")}, 'user:anna', 'execution.stop', 'execution:' || id, 'Done' FROM clutch_job_execution;
            ANALYZE;
            """);
    }

    public async Task DisposeAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
    }

    [SkippableFact]
    public async Task Lists_figures_and_progress_answer_from_indexes()
    {
        var sql = Server.Services.GetRequiredService<ServerDatabase>().Sql;
        // One of them never ran: nobody may look for its executions among all the others.
        string[] jobs = ["quick", "failing", "job-2", "waiting"];

        await AssertIndexedAsync(new Statement(sql.LiveProgress).With("ids", new[] { 5L, 6L }));
        await AssertIndexedAsync(new Statement(sql.Progress).With("ids", new[] { 5L }));
        await AssertIndexedAsync(new Statement(sql.LatestRuns).With("jobs", jobs).With("runs", 10));
        await AssertIndexedAsync(new Statement(sql.Lanes).With("jobs", jobs).With("since", TimeProvider.System.GetUtcNow().AddDays(-1)).With("runs", 10));
        await AssertIndexedAsync(new Statement(sql.Durations).With("jobs", jobs).With("runs", StatisticsQueries.DurationRuns));
        foreach (var actor in (string?[])[null, "user:anna"])
        {
            foreach (var target in (string?[])[null, "execution:17"])
                await AssertIndexedAsync(AuditLog.ListOf(new() { Actor = actor, Target = target, Limit = 50 }));
        }
    }

    [SkippableFact]
    public async Task Pages_over_the_whole_history_come_back_whole()
    {
        var seen = 0;
        string? before = null;
        do
        {
            var page = await Server.Viewer.GetAsync($"/api/v1/executions?limit=500{(before is null ? "" : $"&before={before}")}", WireJson.Default.PageExecutionView);
            seen += page.Items.Count;
            before = page.Next;
        }
        while (before is not null);
        var overview = await Server.Viewer.GetAsync("/api/v1/statistics/overview", WireJson.Default.OverviewView);
        var histories = await Server.Viewer.GetAsync("/api/v1/statistics/jobs", WireJson.Default.IReadOnlyListJobHistoryView);

        Assert.Equal(ExecutionCount, seen);
        Assert.Equal(ExecutionCount / 10, overview.OpenDeadLetters.Value);
        var quick = Assert.Single(histories, history => history.Job == "quick");
        Assert.Equal((10, 100), (quick.Runs.Count, quick.Duration!.Count));
        Assert.InRange(quick.Duration.MedianSeconds, 86_000, 87_000);
        Assert.Equal(100, quick.Runs[0].Read);
    }

    [SkippableFact]
    public async Task Retention_takes_what_is_too_old_in_bites_while_jobs_run()
    {
        var options = new ClutchServerOptions();
        options.Retention.Rest = TimeSpan.FromMilliseconds(1);
        using var worker = ActivatorUtilities.CreateInstance<RetentionWorker>(Server.Services, Options.Create(options));
        var purging = worker.PurgeAsync(CancellationToken.None);
        var launches = 0;
        while (!purging.IsCompleted)
        {
            var day = new DateOnly(2000, 1, 1).AddDays(launches++).ToString("O", System.Globalization.CultureInfo.InvariantCulture);
            await Server.Viewer.EndAsync((await Server.Operator.LaunchAsync("quick", $$"""{"date":"{{day}}","rows":"1"}""")).Id);
        }

        var (executions, entries) = await purging;

        Assert.Equal(ExecutionCount / 2, executions);
        Assert.True(entries >= ExecutionCount, $"{entries} audit entries.");
        Assert.Equal((ExecutionCount / 2) + launches, await CountAsync("clutch_job_execution"));
        Assert.Equal(launches, await CountAsync("clutch_audit"));
        Assert.True(launches >= 1);
    }

    private async Task AssertIndexedAsync(Statement statement)
    {
        var explain = new Statement($"{Explain} {statement.Text}");
        foreach (var (name, value) in statement.Parameters)
            explain.With(name, value);
        var plan = await Database.QueryAsync(explain, Rows.All(row => row.GetString(row.FieldCount - 1)), CancellationToken.None);
        Assert.NotEmpty(plan);
        Assert.True(!plan.Any(IsScan), $"{statement.Text}\n{string.Join('\n', plan)}");
    }

    private RelationalDatabase Database => Server.Services.GetRequiredService<RelationalDatabase>();

    private async Task ExecuteAsync(string sql) => await Database.ChangeAsync(new Statement(sql), Rows.Affected, CancellationToken.None);

    private async Task<long> CountAsync(string table) =>
        (await Database.QueryAsync(new Statement($"SELECT count(*) FROM {table}"), Rows.All(static (DbDataReader row) => row.GetInt64(0)), CancellationToken.None))[0];
}

public sealed class SqliteHistoryTests() : HistoryTests(StoreKind.Sqlite)
{
    // The plan names tables by their aliases.
    private static readonly string[] Tables = ["clutch_", "execution", "job"];

    protected override string Series => "(WITH RECURSIVE numbers (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM numbers WHERE i < 12000) SELECT i FROM numbers)";

    protected override string Explain => "EXPLAIN QUERY PLAN";

    protected override string DaysAgo(string days) => $"(unixepoch() - {days} * 86400) * 1000";

    protected override bool IsScan(string planLine) => Tables.Any(table => planLine.StartsWith($"SCAN {table}", StringComparison.Ordinal))
        && !planLine.Contains("USING", StringComparison.Ordinal) && !planLine.Contains("VIRTUAL", StringComparison.Ordinal);
}

public sealed class PostgreSqlHistoryTests() : HistoryTests(StoreKind.PostgreSql)
{
    protected override string Series => "generate_series(1, 12000) AS i";

    protected override string Explain => "EXPLAIN";

    protected override string DaysAgo(string days) => $"(clock_timestamp() - {days} * interval '1 day')";

    protected override bool IsScan(string planLine) => planLine.Contains("Seq Scan on clutch_", StringComparison.Ordinal)
        || planLine.Contains("Backward using clutch_job_execution_pk", StringComparison.Ordinal);
}
