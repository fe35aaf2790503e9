using System.Data.Common;
using Clutch.Testing;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace Apps.Tests.FaultPlan;

/// <summary>The database of the program under fire, and an audit that triggers keep in it.</summary>
internal abstract class StormStore : IAsyncDisposable
{
    public abstract string Name { get; }

    public abstract string ConnectionString { get; }

    protected abstract string Audit { get; }

    public static async Task<StormStore> OpenAsync(string kind, string folder) =>
        kind == "sqlite" ? new SqliteStormStore(Path.Combine(folder, "sku.db")) : new PostgreSqlStormStore(await TemporaryPostgreSql.StartAsync(["max_connections=200"]));

    public abstract Task<DbConnection> ConnectAsync();

    /// <summary>Stops the database in the middle of whatever it does, and starts it again. Only where there is a server.</summary>
    public virtual Task StopImmediatelyAsync() => Task.CompletedTask;

    /// <summary>Lets triggers write down every message that comes and every change of a status.</summary>
    public async Task InstallAuditAsync()
    {
        await using var connection = await ConnectAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = Audit;
        await command.ExecuteNonQueryAsync();
    }

    public async Task<List<T>> QueryAsync<T>(string sql, Func<DbDataReader, T> map)
    {
        await using var connection = await ConnectAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<T>();
        while (await reader.ReadAsync())
            rows.Add(map(reader));
        return rows;
    }

    public async Task<long> CountAsync(string sql) => (await QueryAsync(sql, row => Convert.ToInt64(row.GetValue(0), null)))[0];

    public abstract ValueTask DisposeAsync();

    private sealed class SqliteStormStore(string path) : StormStore
    {
        public override string Name => "sqlite";

        public override string ConnectionString => $"Data Source={path}";

        protected override string Audit => """
            CREATE TABLE IF NOT EXISTS storm_audit (sequence INTEGER PRIMARY KEY AUTOINCREMENT, what TEXT NOT NULL, id INTEGER NOT NULL, before INTEGER, after INTEGER, submission_before INTEGER, submission_after INTEGER);
            CREATE TRIGGER IF NOT EXISTS storm_message_came AFTER INSERT ON clutch_outbox_message BEGIN
                INSERT INTO storm_audit (what, id, before, after, submission_before, submission_after) VALUES ('message', new.id, NULL, new.status, NULL, new.submission_id);
            END;
            CREATE TRIGGER IF NOT EXISTS storm_message_changed AFTER UPDATE ON clutch_outbox_message WHEN old.status <> new.status OR old.submission_id IS NOT new.submission_id BEGIN
                INSERT INTO storm_audit (what, id, before, after, submission_before, submission_after) VALUES ('message', new.id, old.status, new.status, old.submission_id, new.submission_id);
            END;
            CREATE TRIGGER IF NOT EXISTS storm_submission_changed AFTER UPDATE ON clutch_outbox_submission WHEN old.state <> new.state BEGIN
                INSERT INTO storm_audit (what, id, before, after) VALUES ('submission', new.id, old.state, new.state);
            END;
            """;

        public override async Task<DbConnection> ConnectAsync()
        {
            var connection = new SqliteConnection(ConnectionString + ";Pooling=False;Default Timeout=30");
            await connection.OpenAsync();
            return connection;
        }

        public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    private sealed class PostgreSqlStormStore(TemporaryPostgreSql server) : StormStore
    {
        public override string Name => "postgresql";

        public override string ConnectionString => server.ConnectionString;

        protected override string Audit => """
            CREATE TABLE IF NOT EXISTS storm_audit (sequence bigserial PRIMARY KEY, what text NOT NULL, id bigint NOT NULL, before int, after int, submission_before bigint, submission_after bigint);
            CREATE OR REPLACE FUNCTION storm_message() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF TG_OP = 'INSERT' THEN
                    INSERT INTO storm_audit (what, id, before, after, submission_after) VALUES ('message', new.id, NULL, new.status, new.submission_id);
                ELSIF old.status <> new.status OR old.submission_id IS DISTINCT FROM new.submission_id THEN
                    INSERT INTO storm_audit (what, id, before, after, submission_before, submission_after) VALUES ('message', new.id, old.status, new.status, old.submission_id, new.submission_id);
                END IF;
                RETURN NULL;
            END $$;
            CREATE OR REPLACE FUNCTION storm_submission() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF old.state <> new.state THEN
                    INSERT INTO storm_audit (what, id, before, after) VALUES ('submission', new.id, old.state, new.state);
                END IF;
                RETURN NULL;
            END $$;
            CREATE OR REPLACE TRIGGER storm_message AFTER INSERT OR UPDATE ON clutch_outbox_message FOR EACH ROW EXECUTE FUNCTION storm_message();
            CREATE OR REPLACE TRIGGER storm_submission AFTER UPDATE ON clutch_outbox_submission FOR EACH ROW EXECUTE FUNCTION storm_submission();
            """;

        public override async Task<DbConnection> ConnectAsync()
        {
            var connection = new NpgsqlConnection(ConnectionString + ";Pooling=false");
            await connection.OpenAsync();
            return connection;
        }

        public override async Task StopImmediatelyAsync()
        {
            await server.StopAsync("immediate");
            await server.StartAsync();
        }

        public override ValueTask DisposeAsync() => server.DisposeAsync();
    }
}
