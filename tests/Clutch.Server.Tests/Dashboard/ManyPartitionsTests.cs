using Clutch.Client.Wire;
using Clutch.Relational;
using Clutch.Server.Dashboard;
using Clutch.Server.Tests.Fixtures;
using Microsoft.Extensions.DependencyInjection;

namespace Clutch.Server.Tests.Dashboard;

/// <summary>An execution of a step with more partitions than a picture has cells, and of steps after it.</summary>
public abstract class ManyPartitionsTests(StoreKind kind)
{
    protected abstract string Series { get; }

    [SkippableFact]
    public async Task Steps_after_one_of_very_many_partitions_are_shown_and_all_are_counted()
    {
        await using var server = await TestServer.StartAsync(kind);
        var id = (await server.Operator.LaunchAsync("quick", """{"date":"2026-11-24"}""")).Id;
        await server.Viewer.EndAsync(id);
        await AddAsync(server, id);
        var models = server.Services.GetRequiredService<PageModels>();

        var wide = await models.StepAsync(id, "wide", status: null, after: 0, CancellationToken.None);
        var parts = await models.StepAsync(id, "parts", status: null, after: 0, CancellationToken.None);
        var alone = await models.StepAsync(id, "load", status: null, after: 0, CancellationToken.None);
        var execution = await models.ExecutionAsync(id, CancellationToken.None);
        var page = await server.Viewer.GetStringAsync(new Uri($"/executions/{id}/steps/wide", UriKind.Relative));

        Assert.Equal([(ExecutionStatus.Failed, 10), (ExecutionStatus.Completed, 5_990)], wide!.Counts);
        Assert.Equal(5_000, wide.Cells.Count);
        Assert.Contains("The picture shows the first 5,000 of 6,000.", page, StringComparison.Ordinal);
        Assert.Equal(3, parts!.Cells.Count);
        Assert.Equal([(ExecutionStatus.Completed, 3)], parts.Counts);
        Assert.Equal((1, "load"), (alone!.Cells.Count, alone.Cells[0].Name));
        Assert.Equal(["load", "wide", "parts"], execution!.Rows.Select(row => row.Name));
        Assert.Null(await models.StepAsync(id, "nothing", status: null, after: 0, CancellationToken.None));
    }

    private async Task AddAsync(TestServer server, long execution) =>
        await server.Services.GetRequiredService<RelationalDatabase>().ChangeAsync(
            new Statement($"""
                INSERT INTO clutch_step_execution (job_execution_id, instance_id, step_name, status, start_count, fence, started_at, ended_at)
                SELECT job_execution_id, instance_id, 'wide', 'Failed', 1, 1, started_at, ended_at FROM clutch_step_execution WHERE job_execution_id = @execution AND step_name = 'load';
                INSERT INTO clutch_step_execution (job_execution_id, instance_id, step_name, partition_name, status, start_count, fence, started_at, ended_at)
                SELECT job_execution_id, instance_id, 'wide', 'part-' || i, CASE WHEN i % 600 = 0 THEN 'Failed' ELSE 'Completed' END, 1, 1, started_at, ended_at
                FROM clutch_step_execution CROSS JOIN {Series} WHERE job_execution_id = @execution AND step_name = 'load' ORDER BY i;
                INSERT INTO clutch_step_execution (job_execution_id, instance_id, step_name, status, start_count, fence, started_at, ended_at)
                SELECT job_execution_id, instance_id, 'parts', 'Completed', 1, 1, started_at, ended_at FROM clutch_step_execution WHERE job_execution_id = @execution AND step_name = 'load';
                INSERT INTO clutch_step_execution (job_execution_id, instance_id, step_name, partition_name, status, start_count, fence, started_at, ended_at)
                SELECT job_execution_id, instance_id, 'parts', partition_name, 'Completed', 1, 1, started_at, ended_at
                FROM clutch_step_execution WHERE job_execution_id = @execution AND step_name = 'wide' AND partition_name IN ('part-1', 'part-2', 'part-3');
                """).With("execution", execution),
            Rows.Affected, CancellationToken.None);
}

public sealed class SqliteManyPartitionsTests() : ManyPartitionsTests(StoreKind.Sqlite)
{
    protected override string Series => "(WITH RECURSIVE numbers (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM numbers WHERE i < 6000) SELECT i FROM numbers) AS series";
}

public sealed class PostgreSqlManyPartitionsTests() : ManyPartitionsTests(StoreKind.PostgreSql)
{
    protected override string Series => "generate_series(1, 6000) AS i";
}
