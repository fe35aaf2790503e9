using Clutch.Executions;
using Clutch.Relational;
using Clutch.Repository;
using Clutch.Server.Retention;
using Clutch.Server.Tests.Fixtures;
using Microsoft.Extensions.DependencyInjection;

namespace Clutch.Server.Tests.Retention;

/// <summary>What executions leave in target databases goes when they go.</summary>
public sealed class TargetRetentionTests
{
    private static readonly CancellationToken Never = CancellationToken.None;

    [Fact]
    public async Task Old_checkpoints_go_from_each_target_database_and_one_that_is_only_read_is_left_alone()
    {
        await using var store = await TestStore.CreateAsync(StoreKind.Sqlite);
        await using var server = await TestServer.StartAsync(store, new()
        {
            Services = services =>
            {
                foreach (var name in (string[])["shop", "warehouse", "source"])
                    services.AddSqliteTarget(name, store.ConnectionString.Replace("clutch.db", $"{name}.db", StringComparison.Ordinal));
            },
        });
        foreach (var target in (string[])["shop", "warehouse"])
        {
            await OpenAsync(server.Services, target, "old", instance: 1);
            await OpenAsync(server.Services, target, "recent", instance: 2);
            await AgeAsync(server.Services, target, "old", days: 91);
            await AgeAsync(server.Services, target, "recent", days: 89);
        }

        await server.Services.GetRequiredService<RetentionWorker>().PurgeAsync(Never);

        Assert.Equal(["recent"], await ListAsync(server.Services, "shop", "SELECT step_name FROM clutch_checkpoint"));
        Assert.Equal(["recent"], await ListAsync(server.Services, "warehouse", "SELECT step_name FROM clutch_checkpoint"));
        Assert.Empty(await ListAsync(server.Services, "source", "SELECT name FROM sqlite_master"));
    }

    /// <summary>Takes possession of a step's checkpoint there, as the execution does when it begins.</summary>
    private static async Task OpenAsync(IServiceProvider services, string target, string stepName, long instance)
    {
        var step = new StepExecution
        {
            Id = new(instance),
            JobExecutionId = new(instance),
            InstanceId = new(instance),
            StepName = stepName,
            Status = BatchStatus.Started,
            StartCount = 1,
            Fence = 1,
        };
        await using var session = await services.GetRequiredKeyedService<IChunkStore>(target).OpenAsync(step, isResumed: false, Never);
    }

    private static async Task AgeAsync(IServiceProvider services, string target, string stepName, int days) => await Database(services, target).ChangeAsync(
        new Statement("UPDATE clutch_checkpoint SET updated_at = updated_at - @days * 86400000 WHERE step_name = @step_name").With("days", days).With("step_name", stepName), Rows.Affected, Never);

    private static async Task<IReadOnlyList<string>> ListAsync(IServiceProvider services, string target, string query) =>
        await Database(services, target).QueryAsync(new Statement(query), Rows.All(static row => row.GetString(0)), Never);

    private static RelationalDatabase Database(IServiceProvider services, string target) => services.GetRequiredKeyedService<RelationalDatabase>(target);
}
