using System.Data.Common;
using Clutch.Benchmarks.Processes;
using Clutch.Testing;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace Clutch.Benchmarks.Sku;

/// <summary>The database of one run, and what can be read from it afterwards.</summary>
internal abstract class SkuDatabase : IAsyncDisposable
{
    public abstract string ConnectionString { get; }

    protected abstract string Lags { get; }

    protected abstract string Closed { get; }

    /// <summary>A new and empty one: a file in the folder, or a database of the server.</summary>
    public static async Task<SkuDatabase> CreateAsync(string store, string folder, TemporaryPostgreSql server) =>
        store == "sqlite" ? new SqliteFile(Directory.CreateDirectory(Path.Combine(folder, $"{Guid.NewGuid():N}")).FullName) : await CreateAsync(server);

    /// <summary>A new and empty database of the server.</summary>
    public static async Task<SkuDatabase> CreateAsync(TemporaryPostgreSql server)
    {
        var source = NpgsqlDataSource.Create(server.ConnectionString);
        var name = $"sku_{Guid.NewGuid():N}";
        await source.ExecuteAsync($"CREATE DATABASE {name}");
        return new ServerDatabase(source, name);
    }

    /// <summary>Lets the store write down now what it would write during the measurement.</summary>
    public virtual Task SettleAsync() => Task.CompletedTask;

    /// <summary>Where the write-ahead log stands, in bytes; null where the store does not tell.</summary>
    public virtual Task<long?> WalPositionAsync() => Task.FromResult<long?>(null);

    /// <summary>How often a submission of the last run was sent again.</summary>
    public async Task<long> CountRepeatsAsync() => Convert.ToInt64((await QueryAsync(
        "SELECT coalesce(sum(attempts + lost_leases - 1), 0) FROM clutch_outbox_submission WHERE created_at >= (SELECT started_at FROM sync_run ORDER BY id DESC LIMIT 1)", row => row.GetValue(0)))[0], null);

    /// <summary>How long after its change was stored each message of the last run was known to be applied, in seconds, shortest first.</summary>
    public Task<List<double>> ListLagsAsync() => QueryAsync(Lags, row => row.GetDouble(0));

    /// <summary>The operations of the last run, and when we knew that they are done.</summary>
    public Task<List<(string Operation, DateTimeOffset At)>> ListClosedAsync() => QueryAsync(Closed, row => (row.GetString(0), DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(1))));

    /// <summary>Deletes it with all it holds.</summary>
    public abstract ValueTask DisposeAsync();

    protected abstract Task<DbConnection> OpenAsync();

    protected async Task<List<T>> QueryAsync<T>(string sql, Func<DbDataReader, T> map)
    {
        await using var connection = await OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await using var rows = await command.ExecuteReaderAsync();
        var found = new List<T>();
        while (await rows.ReadAsync())
            found.Add(map(rows));
        return found;
    }

    private sealed class SqliteFile(string folder) : SkuDatabase
    {
        public override string ConnectionString => $"Data Source={Path.Combine(folder, "sku.db")}";

        protected override string Lags => """
            SELECT (completed_at - created_at) / 1000.0 FROM clutch_outbox_message
            WHERE status = 3 AND created_at >= (SELECT started_at FROM sync_run ORDER BY id DESC LIMIT 1) ORDER BY 1
            """;

        protected override string Closed => """
            SELECT correlation_id, closed_at FROM clutch_outbox_submission
            WHERE correlation_id IS NOT NULL AND closed_at IS NOT NULL AND created_at >= (SELECT started_at FROM sync_run ORDER BY id DESC LIMIT 1)
            """;

        public override ValueTask DisposeAsync()
        {
            Directory.Delete(folder, recursive: true);
            return ValueTask.CompletedTask;
        }

        protected override async Task<DbConnection> OpenAsync()
        {
            var connection = new SqliteConnection($"{ConnectionString};Mode=ReadOnly;Pooling=False");
            await connection.OpenAsync();
            return connection;
        }
    }

    private sealed class ServerDatabase(NpgsqlDataSource server, string name) : SkuDatabase
    {
        public override string ConnectionString => new NpgsqlConnectionStringBuilder(server.ConnectionString) { Database = name }.ConnectionString;

        protected override string Lags => """
            SELECT extract(epoch FROM completed_at - created_at)::float8 FROM clutch_outbox_message
            WHERE status = 3 AND created_at >= (SELECT started_at FROM sync_run ORDER BY id DESC LIMIT 1) ORDER BY 1
            """;

        protected override string Closed => """
            SELECT correlation_id, (extract(epoch FROM closed_at) * 1000)::bigint FROM clutch_outbox_submission
            WHERE correlation_id IS NOT NULL AND closed_at IS NOT NULL AND created_at >= (SELECT started_at FROM sync_run ORDER BY id DESC LIMIT 1)
            """;

        public override async Task<long?> WalPositionAsync() => (await QueryAsync("SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint", row => row.GetInt64(0)))[0];

        public override Task SettleAsync() => server.ExecuteAsync("CHECKPOINT");

        public override async ValueTask DisposeAsync()
        {
            await server.ExecuteAsync($"DROP DATABASE {name} WITH (FORCE)");
            await server.DisposeAsync();
        }

        protected override async Task<DbConnection> OpenAsync()
        {
            var connection = new NpgsqlConnection($"{ConnectionString};Pooling=false");
            await connection.OpenAsync();
            return connection;
        }
    }
}
