using Clutch.Relational;
using Demo.Folder;

namespace Demo.Hosting;

/// <summary>Sees to it that a new data folder meets an empty database, and one that was at work its own: the books of the one would not fit the other.</summary>
internal static class StoreCheck
{
    private const string Names = "('if_sku', 'calendar_feed', 'clutch_job_instance')";

    private const string SqliteProbe = $"SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name IN {Names}";

    private const string PostgreSqlProbe = $"SELECT count(*) FROM information_schema.tables WHERE table_schema = current_schema() AND table_name IN {Names}";

    /// <exception cref="DemoRefusedException">The database holds tables although the folder is new, or none although the folder was at work.</exception>
    public static async Task RefuseForeignAsync(IServiceProvider services, DataFolder folder, DemoState state, CancellationToken cancellationToken)
    {
        var database = services.GetRequiredService<RelationalDatabase>();
        var isSqlite = database.Product == "Sqlite";
        var hasTables = await database.QueryAsync(new Statement(isSqlite ? SqliteProbe : PostgreSqlProbe), Rows.All(row => row.GetInt64(0)), cancellationToken) is [> 0];
        // A SQLite file lies in the folder itself.
        if (hasTables && !folder.IsLeftOver && !isSqlite)
            throw new DemoRefusedException(2, "The PostgreSQL database holds tables of an earlier demo or another program, and the data folder is new. Give an empty database, or the data folder of that demo: --data DIR.");
        if (!hasTables && state.HasTables)
        {
            throw new DemoRefusedException(2, $"The folder '{folder.Path}' holds a demo that was at work, and its database {(isSqlite ? "'clutch.db' is gone or empty" : "is another one, which is empty")}: " +
                "all that was synchronised would count as lost. Give the database of that demo, delete the folder, or give another one: --data DIR.");
        }
    }
}
