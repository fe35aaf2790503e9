using Clutch.Relational;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;

namespace Clutch.Database.Tests.Fixtures;

public sealed class SqliteStore : Store
{
    private readonly bool _isBorrowed;
    private readonly string _folder;

    public SqliteStore() => _folder = Directory.CreateTempSubdirectory("clutch-sqlite-").FullName;

    /// <summary>The store of another process, at its address.</summary>
    public SqliteStore(string folder) => (_folder, _isBorrowed) = (folder, true);

    public override string[] Address => [_folder];

    public string File => Path.Combine(_folder, "clutch.db");

    public string ConnectionString => $"Data Source={File}";

    public override string ProductColumns => "sku TEXT NOT NULL PRIMARY KEY, name TEXT NULL, quantity INTEGER NOT NULL CHECK (quantity >= 0), price NUMERIC NULL";

    public override void AddRepository(IServiceCollection services) => services.AddClutchSqlite(ConnectionString);

    public override void AddTarget(IServiceCollection services, string name) => services.AddSqliteTarget(name, $"Data Source={Path.Combine(_folder, name)}.db");

    public override ValueTask<bool> BreakAsync(IRelationalChunk chunk) => ValueTask.FromResult(false);

    public override ValueTask ExpireLeasesAsync(RelationalDatabase database, long jobExecutionId)
    {
        Clock.Advance(TimeSpan.FromHours(1));
        return ValueTask.CompletedTask;
    }

    public override ValueTask AgeAsync(RelationalDatabase database)
    {
        Clock.Advance(TimeSpan.FromDays(100));
        return ValueTask.CompletedTask;
    }

    public override string Explain(string statement) => $"EXPLAIN QUERY PLAN {statement}";

    public override string ExplainRun(string statement) => Explain(statement);

    public override ValueTask DisposeAsync()
    {
        SqliteConnection.ClearAllPools();
        if (!_isBorrowed)
            Directory.Delete(_folder, recursive: true);
        return ValueTask.CompletedTask;
    }
}
