using Clutch.Relational;

namespace Demo.Hosting;

/// <summary>Sees to it that a new data folder meets an empty database: the books of the one would not fit the other.</summary>
internal static class StoreCheck
{
    private const string Probe = "SELECT count(*) FROM information_schema.tables WHERE table_schema = current_schema() AND table_name IN ('if_sku', 'calendar_feed', 'clutch_job_instance')";

    /// <exception cref="DemoRefusedException">The database holds tables although the folder is new.</exception>
    public static async Task RefuseForeignAsync(IServiceProvider services, bool isLeftOver, CancellationToken cancellationToken)
    {
        var database = services.GetRequiredService<RelationalDatabase>();
        // A SQLite file lies in the folder itself.
        if (isLeftOver || database.Product == "Sqlite")
            return;
        var found = await database.QueryAsync(new Statement(Probe), Rows.All(row => row.GetInt64(0)), cancellationToken);
        if (found is [> 0])
            throw new DemoRefusedException(2, "The PostgreSQL database holds tables of an earlier demo or another program, and the data folder is new. Give an empty database, or the data folder of that demo: --data DIR.");
    }
}
