using Npgsql;

namespace Clutch.Benchmarks.Sku;

/// <summary>The rivals' interface table and outbox, after the published schema.</summary>
internal static class RivalTables
{
    public static async Task CreateAsync(NpgsqlDataSource database)
    {
        await using var command = database.CreateCommand("""
            CREATE TABLE rival_sku (account_id text NOT NULL, sku_id text NOT NULL, payload text NOT NULL, PRIMARY KEY (account_id, sku_id));
            CREATE TABLE rival_outbox (
                id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, account_id text NOT NULL, sku_id text NOT NULL, payload text NOT NULL, status text NOT NULL, created_at timestamptz NOT NULL DEFAULT now());
            CREATE INDEX rival_outbox_status ON rival_outbox (status, created_at);
            CREATE INDEX rival_outbox_sku ON rival_outbox (account_id, sku_id);
            """);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>One row, committed by itself.</summary>
    public static async Task ExecuteAsync(NpgsqlConnection connection, string sql, string account, string sku, string payload)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        command.Parameters.AddWithValue("account", account);
        command.Parameters.AddWithValue("sku", sku);
        command.Parameters.AddWithValue("payload", payload);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Interface rows and outbox rows of a list in one transaction.</summary>
    public static async Task InsertAsync(NpgsqlDataSource database, IReadOnlyList<(string Account, string Sku, string Payload)> rows)
    {
        await using var command = database.CreateCommand("""
            WITH input AS (SELECT * FROM unnest(@accounts, @skus, @payloads) AS row (account_id, sku_id, payload)),
            stored AS (INSERT INTO rival_sku SELECT * FROM input)
            INSERT INTO rival_outbox (account_id, sku_id, payload, status) SELECT account_id, sku_id, payload, 'PENDING' FROM input
            """);
        command.Parameters.AddWithValue("accounts", rows.Select(row => row.Account).ToArray());
        command.Parameters.AddWithValue("skus", rows.Select(row => row.Sku).ToArray());
        command.Parameters.AddWithValue("payloads", rows.Select(row => row.Payload).ToArray());
        await command.ExecuteNonQueryAsync();
    }

    public static async Task<IReadOnlyList<(long Id, string Account, string Sku, string Payload)>> ListPendingAsync(NpgsqlDataSource database)
    {
        await using var command = database.CreateCommand("SELECT id, account_id, sku_id, payload FROM rival_outbox WHERE status = 'PENDING' ORDER BY created_at, id");
        await using var rows = await command.ExecuteReaderAsync();
        var pending = new List<(long, string, string, string)>();
        while (await rows.ReadAsync())
            pending.Add((rows.GetInt64(0), rows.GetString(1), rows.GetString(2), rows.GetString(3)));
        return pending;
    }

    public static async Task<IReadOnlyList<long>> ListSubmittedAsync(NpgsqlDataSource database)
    {
        await using var command = database.CreateCommand("SELECT id FROM rival_outbox WHERE status = 'SUBMITTED'");
        await using var rows = await command.ExecuteReaderAsync();
        var ids = new List<long>();
        while (await rows.ReadAsync())
            ids.Add(rows.GetInt64(0));
        return ids;
    }

    public static async Task MarkAsync(NpgsqlDataSource database, string status, IEnumerable<long> ids)
    {
        await using var command = database.CreateCommand("UPDATE rival_outbox SET status = @status WHERE id = ANY (@ids)");
        command.Parameters.AddWithValue("status", status);
        command.Parameters.AddWithValue("ids", ids.ToArray());
        await command.ExecuteNonQueryAsync();
    }
}
