using System.Data.Common;
using Clutch.Database.Tests.Fixtures;
using Clutch.Items;
using Clutch.Relational;
using Clutch.Repository;
using Microsoft.Extensions.DependencyInjection;

namespace Clutch.Database.Tests.Engine;

/// <summary>The engine on a SQL store: its repository and the tables of the tests in one database.</summary>
public abstract class RelationalEngineStore(Func<Store> open) : EngineStore
{
    private Store? _store;
    private ServiceProvider? _services;

    public override IJobRepository Repository => _services!.GetRequiredService<IJobRepository>();

    private RelationalDatabase Database => _services!.GetRequiredService<RelationalDatabase>();

    public override async ValueTask OpenAsync()
    {
        _store = open();
        _services = _store.Services();
        await Repository.MigrateAsync(CancellationToken.None);
    }

    public override async ValueTask<INumberTable> CreateTableAsync(string name)
    {
        await Database.ExecuteAsync($"CREATE TABLE {name} (number integer PRIMARY KEY)");
        return new Table(Database, name);
    }

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

public sealed class SqliteEngineStore() : RelationalEngineStore(() => new SqliteStore());

public sealed class PostgreSqlEngineStore() : RelationalEngineStore(() => new PostgreSqlStore());
