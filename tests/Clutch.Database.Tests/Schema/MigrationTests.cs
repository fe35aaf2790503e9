using Clutch.Database.Tests.Fixtures;
using Clutch.Relational;
using Clutch.Relational.Jobs;
using Clutch.Repository;
using Microsoft.Extensions.DependencyInjection;

namespace Clutch.Database.Tests.Schema;

public abstract class MigrationTests(Func<Store> open) : IAsyncLifetime
{
    private Store? _store;
    private ServiceProvider? _services;

    private RelationalDatabase Database => _services!.GetRequiredService<RelationalDatabase>();

    private RelationalJobRepository Repository => (RelationalJobRepository)_services!.GetRequiredService<IJobRepository>();

    public Task InitializeAsync()
    {
        _store = open();
        _services = _store.Services();
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        if (_services is not null)
            await _services.DisposeAsync();
        if (_store is not null)
            await _store.DisposeAsync();
    }

    [SkippableFact]
    public async Task The_first_migration_makes_the_schema_and_the_second_finds_it()
    {
        Assert.Equal(["0001_job_repository", "0002_execution_by_start", "0003_lost_partitions", "0004_held_partitions", "0005_quarantined_partitions", "0006_waiting_partitions", "0007_processes"], await _services!.MigrateAsync());
        Assert.Empty(await _services!.MigrateAsync());
        Assert.Equal(1, await Database.CountAsync("clutch_migration WHERE part = 'repository' AND number = 1"));
    }

    [SkippableFact]
    public async Task Eight_programs_that_start_at_once_migrate_once()
    {
        var applied = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            await using var services = _store!.Services();
            return await services.MigrateAsync();
        })));

        Assert.Single(applied, names => names.Count == 7);
        Assert.Equal(7, applied.Count(names => names.Count == 0));
    }

    [SkippableFact]
    public async Task A_schema_newer_than_the_program_is_refused()
    {
        await _services!.MigrateAsync();
        await Database.ExecuteAsync("UPDATE clutch_migration SET number = 8, name = '0008_the_future' WHERE number = 7");

        var fault = await Assert.ThrowsAsync<RepositoryException>(() => _services!.MigrateAsync().AsTask());

        Assert.Equal(
            $"The schema 'repository' in {Database.Description} is newer than this program: it is at '0008_the_future', the program knows '0007_processes'. Install the newer version.",
            fault.Message);
    }

    [SkippableFact]
    public async Task What_is_pending_can_be_printed_and_run_by_hand()
    {
        var script = await Repository.Migrator.ScriptPendingAsync(CancellationToken.None);
        await RunAsync(_store!, Database, script);

        Assert.Contains("CREATE TABLE clutch_job_execution", script, StringComparison.Ordinal);
        Assert.Empty(await Repository.MigrateAsync(CancellationToken.None));
        Assert.Empty(await Repository.Migrator.ScriptPendingAsync(CancellationToken.None));
        Assert.IsType<LaunchDecision.Launched>(await Repository.LaunchAsync(StepRun.Request, CancellationToken.None));
    }

    [SkippableFact]
    public async Task Without_a_schema_the_message_says_what_to_do()
    {
        var fault = await Assert.ThrowsAsync<RepositoryException>(() => Repository.LaunchAsync(StepRun.Request, CancellationToken.None).AsTask());

        Assert.Contains("has no Clutch schema yet", fault.Message, StringComparison.Ordinal);
        Assert.EndsWith("Migrate it first.", fault.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task The_database_itself_keeps_an_instance_from_running_twice()
    {
        await _services!.MigrateAsync();
        await Repository.LaunchAsync(StepRun.Request, CancellationToken.None);

        await Assert.ThrowsAnyAsync<System.Data.Common.DbException>(() => Database.ExecuteAsync("""
            INSERT INTO clutch_job_execution (instance_id, job_name, attempt, status, parameters, node, fence, lease_expires_at, started_at)
            SELECT instance_id, job_name, 2, 'Started', parameters, node, fence, lease_expires_at, started_at FROM clutch_job_execution
            """));
    }

    protected abstract Task RunAsync(Store store, RelationalDatabase database, string script);
}

public sealed class SqliteMigrationTests() : MigrationTests(() => new SqliteStore())
{
    protected override async Task RunAsync(Store store, RelationalDatabase database, string script)
    {
        await using var connection = await database.OpenAsync(CancellationToken.None);
        await using var command = connection.CreateCommand();
        command.CommandText = script;
        await command.ExecuteNonQueryAsync();
    }
}

public sealed class PostgreSqlMigrationTests() : MigrationTests(() => new PostgreSqlStore())
{
    // As psql would: one text, sent as it is.
    protected override async Task RunAsync(Store store, RelationalDatabase database, string script)
    {
        var schema = ((PostgreSqlStore)store).Schema;
        await ((PostgreSqlStore)store).ExecuteAsync($"CREATE SCHEMA {schema}; SET search_path = {schema}; {script}");
    }
}
