using System.Data.Common;
using Clutch.Database.Tests.Fixtures;
using Clutch.Executions;
using Clutch.Items;
using Clutch.Relational;
using Clutch.Repository;
using Microsoft.Extensions.DependencyInjection;

namespace Clutch.Database.Tests.Engine;

/// <summary>The engine on a SQL store: its repository and the tables of the tests in one database.</summary>
public abstract class RelationalEngineStore(Func<Store> open, string? target = null) : EngineStore
{
    private Store? _store;
    private ServiceProvider? _services;

    public override string? Target => target;

    public override IJobRepository Repository => _services!.GetRequiredService<IJobRepository>();

    /// <summary>The database with the job repository.</summary>
    public RelationalDatabase Database => _services!.GetRequiredService<RelationalDatabase>();

    /// <summary>The database with the tables of the tests.</summary>
    private RelationalDatabase Tables => target is null ? Database : _services!.GetRequiredKeyedService<RelationalDatabase>(target);

    public override async ValueTask OpenAsync()
    {
        _store = open();
        _services = _store.Services(AddServices);
        await Repository.MigrateAsync(CancellationToken.None);
    }

    public override async ValueTask<INumberTable> CreateTableAsync(string name)
    {
        await Tables.ExecuteAsync($"CREATE TABLE {name} (number integer PRIMARY KEY)");
        return new Table(Tables, name);
    }

    public override ValueTask<INumberTable> OpenTableAsync(string name) => new(new Table(Tables, name));

    /// <summary>What a child process needs to reach this store, for <see cref="CrashChild"/>.</summary>
    public string[] Address => [_store!.GetType().Name, .. _store.Address];

    public override void AddServices(IServiceCollection services)
    {
        if (target is not null)
            _store!.AddTarget(services, target);
    }

    /// <summary>Breaks the connection under an open transaction; false where there is no connection to break.</summary>
    public ValueTask<bool> BreakAsync(IRelationalChunk chunk) => _store!.BreakAsync(chunk);

    public override ValueTask ExpireLeasesAsync(JobExecutionId execution) => _store!.ExpireLeasesAsync(Database, execution.Value);

    /// <summary>From now on the repository refuses a step's n-th commit.</summary>
    public abstract Task RefuseCommitAsync(int number);

    /// <summary>The repository is well again.</summary>
    public abstract Task AcceptCommitsAsync();

    public override async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (_services is not null)
            await _services.DisposeAsync();
        if (_store is not null)
            await _store.DisposeAsync();
    }

    /// <summary>Writes each chunk with one INSERT, without telling which row was at fault.</summary>
    private sealed class Table(RelationalDatabase database, string name) : INumberTable, IItemWriter<int>
    {
        public IItemWriter<int> CreateWriter() => this;

        public async ValueTask WriteAsync(WriteBatch<int> batch, ChunkContext chunk, CancellationToken cancellationToken)
        {
            var values = string.Join(", ", batch.Items.ToArray().Select(number => $"({number})"));
            await using DbCommand command = chunk.Relational().CreateCommand($"INSERT INTO {name} (number) VALUES {values}");
            await command.ExecuteNonQueryAsync(cancellationToken);
        }

        public async ValueTask<IReadOnlyList<int>> ReadAsync() => await database.ListAsync($"SELECT number FROM {name} ORDER BY number", row => row.GetInt32(0));
    }
}

public class SqliteEngineStore(string? target = null) : RelationalEngineStore(() => new SqliteStore(), target)
{
    public SqliteEngineStore()
        : this(target: null)
    {
    }

    public override Task RefuseCommitAsync(int number) => Database.ExecuteAsync($"""
        CREATE TRIGGER unwell BEFORE UPDATE ON clutch_step_execution WHEN NEW.commit_count = {number} AND OLD.commit_count < {number}
        BEGIN SELECT RAISE(ABORT, 'The repository is unwell.'); END
        """);

    public override Task AcceptCommitsAsync() => Database.ExecuteAsync("DROP TRIGGER unwell");
}

public class PostgreSqlEngineStore(string? target = null) : RelationalEngineStore(() => new PostgreSqlStore(), target)
{
    public PostgreSqlEngineStore()
        : this(target: null)
    {
    }

    public override Task RefuseCommitAsync(int number) => Database.ExecuteAsync($"""
        CREATE FUNCTION unwell() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF NEW.commit_count = {number} AND OLD.commit_count < {number} THEN
                RAISE EXCEPTION 'The repository is unwell.';
            END IF;
            RETURN NEW;
        END $$;
        CREATE TRIGGER unwell BEFORE UPDATE ON clutch_step_execution FOR EACH ROW EXECUTE FUNCTION unwell()
        """);

    public override Task AcceptCommitsAsync() => Database.ExecuteAsync("DROP TRIGGER unwell ON clutch_step_execution");
}

/// <summary>Job repository and data in two files.</summary>
public sealed class SqliteTargetEngineStore() : SqliteEngineStore(target: "warehouse");

/// <summary>Job repository and data in two schemas, as if they were two databases.</summary>
public sealed class PostgreSqlTargetEngineStore() : PostgreSqlEngineStore(target: "warehouse");
