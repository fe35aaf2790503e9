using Clutch.Database.Tests.Fixtures;
using Clutch.Executions;
using Clutch.Items;
using Clutch.Relational;
using Clutch.Repository;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Clutch.Database.Tests.Conformance;

/// <summary>The conformance suite on a SQL store.</summary>
public abstract class RelationalConformance(Func<Store> open) : JobRepositoryConformance
{
    private Store? _store;
    private ServiceProvider? _services;

    protected override IJobRepository Repository => _services!.GetRequiredService<IJobRepository>();

    protected RelationalDatabase Database => _services!.GetRequiredService<RelationalDatabase>();

    public override async Task InitializeAsync()
    {
        _store = open();
        _services = _store.Services();
        await Repository.MigrateAsync(Never);
        await Database.ExecuteAsync("CREATE TABLE written (value integer PRIMARY KEY)");
    }

    public override async Task DisposeAsync()
    {
        if (_services is not null)
            await _services.DisposeAsync();
        if (_store is not null)
            await _store.DisposeAsync();
    }

    protected override ValueTask ExpireLeaseAsync(JobExecutionId execution) => _store!.ExpireLeasesAsync(Database, execution.Value);

    protected override async ValueTask WriteRowAsync(IChunkTransaction transaction, int value)
    {
        await using var command = ((IRelationalChunk)transaction).CreateCommand($"INSERT INTO written (value) VALUES ({value})");
        await command.ExecuteNonQueryAsync();
    }

    protected override async ValueTask<IReadOnlyList<int>> ListRowsAsync() => await Database.ListAsync("SELECT value FROM written ORDER BY value", row => row.GetInt32(0));

    protected override ValueTask<bool> BreakAsync(IChunkTransaction transaction) => _store!.BreakAsync((IRelationalChunk)transaction);

    protected override ValueTask AgeAsync() => _store!.AgeAsync(Database);
}

public sealed class SqliteConformance() : RelationalConformance(() => new SqliteStore());

public sealed class PostgreSqlConformance() : RelationalConformance(() => new PostgreSqlStore())
{
    [SkippableFact]
    public async Task The_end_of_a_partition_does_not_queue_for_its_jobs_row()
    {
        var execution = await LaunchAsync();
        await CreateAsync(execution, 1);
        var partition = (await ClaimAsync(execution, "node-2"))!;
        await using var other = await Database.OpenAsync(Never);
        await using var transaction = await other.BeginTransactionAsync();
        await using var hold = other.CreateCommand();
        hold.CommandText = $"SELECT id FROM clutch_job_execution WHERE id = {execution.Id.Value} FOR NO KEY UPDATE";
        await hold.ExecuteScalarAsync();

        Assert.Equal(LeaseAnswer.Held, await EndStepAsync(partition).WaitAsync(TimeSpan.FromMinutes(1)));
    }

    [SkippableFact]
    public async Task A_commit_under_way_is_waited_for_before_anybody_says_that_it_did_not_come_through()
    {
        var step = await StartAsync(await LaunchAsync());
        await using var session = await Repository.ChunkStore.OpenAsync(step, isResumed: true, Never);
        await using var other = await Database.OpenAsync(Never);
        await using var transaction = await other.BeginTransactionAsync();
        await using var commit = other.CreateCommand();
        commit.CommandText = $"UPDATE clutch_step_execution SET commit_count = 1 WHERE id = {step.Id.Value}";
        await commit.ExecuteNonQueryAsync();

        var asked = session.HasCommittedAsync(Commit(step, 1), Never).AsTask();
        var waiting = $"pg_stat_activity WHERE {((NpgsqlConnection)other).ProcessID} = ANY (pg_blocking_pids(pid))";
        while (!asked.IsCompleted && await Database.CountAsync(waiting) == 0)
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System);
        await transaction.CommitAsync();

        Assert.True(await asked);
    }
}
