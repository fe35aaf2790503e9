using System.Globalization;
using System.Text.RegularExpressions;
using Clutch.Database.Tests.Fixtures;
using Clutch.Executions;
using Clutch.Items;
using Clutch.Relational;
using Clutch.Relational.Jobs;

namespace Clutch.Database.Tests.Schema;

/// <summary>Lists and look-ups answer from an index, whatever the history.</summary>
public abstract class QueryPlanTests(Func<Store> open) : StoreTests(open)
{
    private const int InstanceCount = 20_000;

    protected abstract string Series(int count);

    protected abstract string Now { get; }

    /// <summary>So many seconds after a fixed instant.</summary>
    protected abstract string At(string seconds);

    protected abstract string Analyze { get; }

    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        // As in a history: each execution has its own start, and no job a large share of the rows. Otherwise reading the whole table is the better plan.
        await Database.ExecuteAsync($"""
            INSERT INTO clutch_job_instance (job_name, instance_key, created_at)
            SELECT 'job-' || (i % 500), 'key-' || i, {Now} FROM {Series(InstanceCount)};
            INSERT INTO clutch_job_execution (instance_id, job_name, attempt, status, parameters, node, fence, lease_expires_at, started_at, ended_at)
            SELECT id, job_name, 1, CASE WHEN id % 100 = 0 THEN 'Failed' WHEN id % 5000 = 1 THEN 'Started' ELSE 'Completed' END, '{EmptyJson}', 'n', 1, {Now}, {At("id")},
                CASE WHEN id % 5000 = 1 THEN NULL ELSE {Now} END
            FROM clutch_job_instance;
            INSERT INTO clutch_step_execution (job_execution_id, instance_id, step_name, status, start_count, fence)
            SELECT id, instance_id, 'load', 'Completed', 1, 1 FROM clutch_job_execution;
            INSERT INTO clutch_dead_letter (instance_id, step_execution_id, step_name, phase, ordinal, failure_type, failure_message, skipped_at)
            SELECT instance_id, id, step_name, 'Write', 1, 'x', 'y', {Now} FROM clutch_step_execution;
            {Analyze}
            """);
    }

    [SkippableFact]
    public async Task Lists_of_executions_use_an_index()
    {
        foreach (var job in (string?[])[null, "job-7"])
        {
            foreach (var status in (BatchStatus?[])[null, BatchStatus.Failed, BatchStatus.Started])
            {
                foreach (var instance in (JobInstanceId?[])[null, new(17)])
                {
                    foreach (var before in (JobExecutionId?[])[null, new(500)])
                        await AssertIndexedAsync(RepositoryLists.Executions(new() { JobName = job, Status = status, InstanceId = instance, Before = before }));
                }
            }
        }
    }

    [SkippableFact]
    public async Task Lists_of_a_span_of_time_use_an_index()
    {
        var early = new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);
        var late = new DateTimeOffset(2100, 1, 1, 0, 0, 0, TimeSpan.Zero);

        await AssertIndexedAsync(RepositoryLists.Executions(new() { StartedFrom = late }));
        await AssertIndexedAsync(RepositoryLists.Executions(new() { StartedFrom = early, StartedBefore = early.AddDays(1) }));
        await AssertIndexedAsync(RepositoryLists.Executions(new() { StartedFrom = early, StartedBefore = late, Before = new(500) }));
        await AssertIndexedAsync(RepositoryLists.Executions(new() { StartedFrom = late, JobName = "job-7", Status = BatchStatus.Failed, Before = new(500) }));
        await AssertIndexedAsync(RepositoryLists.DeadLetters(new() { JobName = "job-7" }));
    }

    [SkippableFact]
    public async Task Lists_of_dead_letters_use_an_index()
    {
        foreach (var step in (string?[])[null, "load"])
        {
            foreach (var status in (DeadLetterStatus?[])[null, DeadLetterStatus.Open, DeadLetterStatus.Redriven])
            {
                foreach (var instance in (JobInstanceId?[])[null, new(17)])
                    await AssertIndexedAsync(RepositoryLists.DeadLetters(new() { StepName = step, Status = status, InstanceId = instance, After = 500 }));
            }
        }
    }

    [SkippableFact]
    public async Task Look_ups_use_an_index()
    {
        await AssertIndexedAsync(new Statement(RepositoryLists.Execution).With("id", 5L));
        await AssertIndexedAsync(new Statement(RepositoryLists.LastExecution).With("job_name", "job-7").With("instance_key", "key-7"));
        await AssertIndexedAsync(new Statement(RepositoryLists.Steps).With("job_execution_id", 5L));
        await AssertIndexedAsync(new Statement(RepositoryLists.StepHistory).With("instance_id", 5L));
    }

    [SkippableFact]
    public async Task Launch_claim_recovery_and_purge_use_an_index()
    {
        foreach (var statement in Work())
            await AssertIndexedAsync(statement);
    }

    [SkippableTheory]
    [InlineData("NULL")]
    [InlineData("'n'")]
    [InlineData("'another-' || (i % 3)")]
    public async Task A_claim_reads_a_handful_of_ten_thousand_partitions_that_wait(string lastNode)
    {
        var execution = await LetWaitAsync(lastNode);

        AssertHandful(await ExplainAsync(Claim(execution), isRun: true));
        await Database.ExecuteAsync(Analyze);
        AssertHandful(await ExplainAsync(Claim(execution), isRun: true));
    }

    [SkippableFact]
    public async Task A_purge_goes_on_where_the_last_bite_ended()
    {
        Store.Clock.Advance(TimeSpan.FromDays(1));

        Assert.Equal(500, await Repository.PurgeAsync(new(2100, 1, 1, 0, 0, 0, TimeSpan.Zero), 500, Never));
        Assert.Equal(InstanceCount - 500, await Database.CountAsync("clutch_job_execution"));
    }

    private protected abstract IReadOnlyList<Statement> Work();

    private protected abstract Statement Claim(long execution);

    /// <summary>Asserts that a claim with this plan looks at the partition it takes and at few others.</summary>
    protected abstract void AssertHandful(IReadOnlyList<string> plan);

    protected abstract bool IsScan(string planLine, bool isFiltered);

    /// <summary>Ten thousand partitions that wait, in the execution that is answered.</summary>
    protected async Task<long> LetWaitAsync(string lastNode)
    {
        await Database.ExecuteAsync($"""
            INSERT INTO clutch_step_execution (job_execution_id, instance_id, step_name, partition_name, partition_data, status, start_count, fence, node)
            SELECT execution.id, execution.instance_id, 'load', 'part-' || i, '', 'Starting', 1, 0, {lastNode}
            FROM {Series(10_000)}
            CROSS JOIN (SELECT id, instance_id FROM clutch_job_execution WHERE status = 'Started' ORDER BY id DESC LIMIT 1) AS execution
            """);
        return (await Database.ListAsync("SELECT max(id) FROM clutch_job_execution WHERE status = 'Started'", row => row.GetInt64(0)))[0];
    }

    private const string EmptyJson = "{}";

    private protected async Task<IReadOnlyList<string>> ExplainAsync(Statement statement, bool isRun = false)
    {
        var explain = new Statement(isRun ? Store.ExplainRun(statement.Text) : Store.Explain(statement.Text));
        foreach (var (name, value) in statement.Parameters)
            explain.With(name, value);
        return await Database.ChangeAsync(explain, Rows.All(row => row.GetString(row.FieldCount - 1)), Never);
    }

    private async Task AssertIndexedAsync(Statement statement)
    {
        var plan = await ExplainAsync(statement);
        Assert.DoesNotContain(plan, line => IsScan(line, statement.Text.Contains("WHERE", StringComparison.Ordinal)));
        Assert.NotEmpty(plan);
    }
}

public sealed class SqliteQueryPlanTests() : QueryPlanTests(() => new SqliteStore())
{
    protected override string Now => "1000000";

    protected override string At(string seconds) => $"1000000 + 1000 * {seconds}";

    protected override string Analyze => "ANALYZE";

    protected override string Series(int count) => $"(WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count}) SELECT i FROM n)";

    // A scan by rowid is in the list's order and ends at its limit; with a condition it may read all before that.
    protected override bool IsScan(string planLine, bool isFiltered) =>
        isFiltered && planLine.StartsWith("SCAN clutch_", StringComparison.Ordinal) && !planLine.Contains("_running", StringComparison.Ordinal);

    private protected override IReadOnlyList<Statement> Work()
    {
        var now = DateTimeOffset.UnixEpoch.AddHours(1);
        return
        [
            new Statement(Sqlite.Jobs.LaunchSql.ExpireExecutions).With("now", now).With("dead_nodes", Array.Empty<string>()).With("at_work", Array.Empty<long>()),
            new Statement(Sqlite.Jobs.LaunchSql.ExpireSteps).With("now", now).With("ids", new[] { 1L }),
            Claim(5),
            new Statement(Sqlite.Jobs.PartitionSql.TakeOverPartition).With("now", now).With("lease", TimeSpan.FromMinutes(1)).With("job_execution_id", 5L).With("step_name", "load").With("node", "n"),
            new Statement(Sqlite.Jobs.RetentionSql.PurgeCandidates).With("ended_before", now).With("max_executions", 100),
            new Statement(Sqlite.Jobs.RetentionSql.PurgeConfirmed).With("ended_before", now).With("ids", new[] { 1L }),
            new Statement(Sqlite.Jobs.RetentionSql.DeleteExecutions).With("ids", new[] { 1L }),
            new Statement(Sqlite.Jobs.OwnerSql.ActiveNodes),
        ];
    }

    private protected override Statement Claim(long execution) => new Statement(Sqlite.Jobs.PartitionSql.ClaimPartition)
        .With("now", DateTimeOffset.UnixEpoch.AddHours(1)).With("lease", TimeSpan.FromMinutes(1)).With("job_execution_id", execution).With("step_name", "load").With("node", "n");

    // Each look-up ends at its first row. Only what has expired is sorted.
    protected override void AssertHandful(IReadOnlyList<string> plan)
    {
        Assert.Equal(2, plan.Count(line => line.StartsWith("SEARCH clutch_step_execution USING INDEX clutch_step_execution_waiting (job_execution_id=? AND step_name=?", StringComparison.Ordinal)));
        Assert.Single(plan, line => line.EndsWith("AND node=?)", StringComparison.Ordinal));
        Assert.Equal(plan.ToList().FindIndex(line => line.Contains("_held", StringComparison.Ordinal)) + 1, plan.ToList().FindLastIndex(line => line.Contains("TEMP B-TREE", StringComparison.Ordinal)));
    }
}

public sealed partial class PostgreSqlQueryPlanTests() : QueryPlanTests(() => new PostgreSqlStore())
{
    [SkippableFact]
    public async Task A_claim_reads_a_handful_although_statistics_are_from_when_all_others_had_been_claimed()
    {
        await LetWaitAsync("NULL");
        await Database.ExecuteAsync("UPDATE clutch_step_execution SET status = 'Completed' WHERE status = 'Starting'");
        await Database.ExecuteAsync("VACUUM ANALYZE clutch_step_execution");

        var execution = await LetWaitAsync("NULL");

        AssertHandful(await ExplainAsync(Claim(execution), isRun: true));
    }

    protected override string Now => "clock_timestamp()";

    protected override string At(string seconds) => $"timestamptz '2026-01-01 00:00:00+00' + {seconds} * interval '1 second'";

    protected override string Analyze => "ANALYZE clutch_job_instance; ANALYZE clutch_job_execution; ANALYZE clutch_step_execution; ANALYZE clutch_dead_letter";

    protected override string Series(int count) => $"generate_series(1, {count}) AS i";

    protected override bool IsScan(string planLine, bool isFiltered) => planLine.Contains("Seq Scan on clutch_", StringComparison.Ordinal);

    private protected override IReadOnlyList<Statement> Work()
    {
        var now = new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);
        return
        [
            new Statement(PostgreSql.Jobs.LaunchSql.ExpireExecutions).With("dead_nodes", Array.Empty<string>()).With("at_work", Array.Empty<long>()),
            new Statement(PostgreSql.Jobs.LaunchSql.ExpireSteps).With("ids", new[] { 1L }),
            Claim(5),
            new Statement(PostgreSql.Jobs.PartitionSql.TakeOverPartition).With("lease", TimeSpan.FromMinutes(1)).With("job_execution_id", 5L).With("step_name", "load").With("node", "n"),
            new Statement(PostgreSql.Jobs.RetentionSql.PurgeCandidates).With("ended_before", now).With("max_executions", 100),
            new Statement(PostgreSql.Jobs.RetentionSql.PurgeConfirmed).With("ended_before", now).With("ids", new[] { 1L }),
            new Statement(PostgreSql.Jobs.RetentionSql.DeleteExecutions).With("ids", new[] { 1L }),
            new Statement(PostgreSql.Jobs.OwnerSql.ActiveNodes),
        ];
    }

    private protected override Statement Claim(long execution) => new Statement(PostgreSql.Jobs.PartitionSql.ClaimPartition)
        .With("lease", TimeSpan.FromMinutes(1)).With("job_execution_id", execution).With("step_name", "load").With("node", "n");

    // Counted in each node of the plan, with the rows that were read in vain.
    protected override void AssertHandful(IReadOnlyList<string> plan) => Assert.True(plan.Sum(RowCount) is >= 1 and <= 20, string.Join('\n', plan));

    private static int RowCount(string planLine) =>
        RowsRead().Match(planLine) is { Success: true } match ? int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture) : 0;

    [GeneratedRegex(@"(?:actual rows=|Rows Removed by \w+(?: \w+)*: )(\d+)")]
    private static partial Regex RowsRead();
}
