using Clutch.Relational;
using Demo.Folder;

namespace Demo.Hosting;

/// <summary>Sees to it that a new data folder meets an empty database, and one that was at work its own: the books of the one would not fit the other. Both hold the same id.</summary>
internal static class StoreCheck
{
    private const string Tables = "('if_sku', 'calendar_feed', 'clutch_job_instance')";

    private const string PairTable = "('demo_folder')";

    private const string Pair = "CREATE TABLE IF NOT EXISTS demo_folder (id text NOT NULL); DELETE FROM demo_folder; INSERT INTO demo_folder (id) VALUES (@id)";

    /// <exception cref="DemoRefusedException">The database holds tables although the folder is new, none although the folder was at work, or those of another folder.</exception>
    public static async Task RefuseForeignAsync(IServiceProvider services, DataFolder folder, DemoState state, CancellationToken cancellationToken)
    {
        var database = services.GetRequiredService<RelationalDatabase>();
        var isSqlite = database.Product == "Sqlite";
        var hasTables = await HasAsync(database, Tables, cancellationToken);
        // A SQLite file lies in the folder itself.
        if (hasTables && !folder.IsLeftOver && !isSqlite)
            throw new DemoRefusedException(2, "The PostgreSQL database holds tables of an earlier demo or another program, and the data folder is new. Give an empty database, or the data folder of that demo: --data DIR.");
        if (!hasTables && state.HasTables)
        {
            throw new DemoRefusedException(2, $"The folder '{folder.Path}' holds a demo that was at work, and its database {(isSqlite ? "'clutch.db' is gone or empty" : "is another one, which is empty")}: " +
                "all that was synchronised would count as lost. Give the database of that demo, delete the folder, or give another one: --data DIR.");
        }

        // A start that was killed before it marked the database left no id there.
        var paired = await FindPairedAsync(database, cancellationToken);
        if (hasTables && folder.IsLeftOver && paired != state.Id && (paired is not null || state.HasTables))
            throw new DemoRefusedException(2, $"The database is not that of the folder '{folder.Path}': another data folder was at work on it. Give the two that belong together, or an empty database and a new folder: --data DIR.");
    }

    /// <summary>Marks the database as the folder's own; before its first table, so that one with tables is marked.</summary>
    public static async Task PairAsync(IServiceProvider services, DemoState state, CancellationToken cancellationToken) =>
        await services.GetRequiredService<RelationalDatabase>().ChangeAsync(new Statement(Pair).With("id", state.Id), Rows.Affected, cancellationToken);

    private static async Task<string?> FindPairedAsync(RelationalDatabase database, CancellationToken cancellationToken) =>
        await HasAsync(database, PairTable, cancellationToken) ? await database.QueryAsync(new Statement("SELECT id FROM demo_folder"), Rows.Text, cancellationToken) : null;

    private static async Task<bool> HasAsync(RelationalDatabase database, string tables, CancellationToken cancellationToken)
    {
        var probe = database.Product == "Sqlite"
            ? $"SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name IN {tables}"
            : $"SELECT count(*) FROM information_schema.tables WHERE table_schema = current_schema() AND table_name IN {tables}";
        return await database.QueryAsync(new Statement(probe), Rows.All(row => row.GetInt64(0)), cancellationToken) is [> 0];
    }
}
