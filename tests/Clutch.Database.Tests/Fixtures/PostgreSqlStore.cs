using Clutch.Relational;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Clutch.Database.Tests.Fixtures;

/// <summary>A fresh schema on the test run's server.</summary>
public sealed class PostgreSqlStore : Store
{
    private readonly bool _isBorrowed;
    private readonly string _schema;

    public PostgreSqlStore() => (ConnectionString, _schema) = (Needs.PostgreSql(), $"t{Guid.CreateVersion7():N}");

    /// <summary>The store of another process, at its address.</summary>
    public PostgreSqlStore(string connectionString, string schema) => (ConnectionString, _schema, _isBorrowed) = (connectionString, schema, true);

    public string ConnectionString { get; }

    public override string[] Address => [ConnectionString, _schema];

    public string Schema => _schema;

    public override string ProductColumns =>
        "sku text NOT NULL PRIMARY KEY, name text NULL, quantity integer NOT NULL CONSTRAINT product_quantity CHECK (quantity >= 0), price numeric(12,2) NULL";

    public override void AddRepository(IServiceCollection services) => services.AddClutchPostgreSql(ConnectionString, options => options.Schema = _schema);

    public override void AddTarget(IServiceCollection services, string name) => services.AddPostgreSqlTarget(name, ConnectionString, options => options.Schema = $"{_schema}_{name}");

    public override async ValueTask<bool> BreakAsync(IRelationalChunk chunk)
    {
        await ExecuteAsync($"SELECT pg_terminate_backend({((NpgsqlConnection)chunk.Connection).ProcessID}, 10000)");
        return true;
    }

    public override async ValueTask ExpireLeasesAsync(RelationalDatabase database, long jobExecutionId) => await database.ExecuteAsync($"""
        UPDATE clutch_job_execution SET lease_expires_at = clock_timestamp() - interval '1 hour' WHERE id = {jobExecutionId};
        UPDATE clutch_step_execution SET lease_expires_at = clock_timestamp() - interval '1 hour' WHERE job_execution_id = {jobExecutionId} AND status = 'Started'
        """);

    public override async ValueTask AgeAsync(RelationalDatabase database) =>
        await database.ExecuteAsync("UPDATE clutch_job_execution SET ended_at = ended_at - interval '100 days'");

    public override string Explain(string statement) => $"EXPLAIN {statement}";

    public override string ExplainRun(string statement) => $"EXPLAIN (ANALYZE, TIMING OFF) {statement}";

    public override async ValueTask DisposeAsync()
    {
        if (!_isBorrowed)
            await DropAsync();
    }

    private async Task DropAsync() => await ExecuteAsync($"""
        DO $$
        DECLARE name text;
        BEGIN
            FOR name IN SELECT nspname FROM pg_namespace WHERE nspname LIKE '{_schema}%' LOOP
                EXECUTE format('DROP SCHEMA %I CASCADE', name);
            END LOOP;
        END $$
        """);

    public async Task ExecuteAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
