using Clutch.Items;
using Clutch.Relational;
using Clutch.Relational.Reading;
using SkuSync.Catalog;

namespace SkuSync.Storage;

/// <summary>Readers over the tables, by key and page by page.</summary>
internal static class SkuReaders
{
    private static readonly string[] Key = ["account_id", "sku_id"];

    /// <summary>SKUs that are alive and were not seen by this run.</summary>
    public static IItemReader<ListedSku> Absent(IServiceProvider services, long run) => services.KeysetReader(new KeysetQuery<ListedSku>
    {
        From = "if_sku",
        Columns = Key,
        Key = Key,
        Where = "deleted_at IS NULL AND last_seen_run <> @run",
        Parameters = new Dictionary<string, object?> { ["run"] = run },
        Map = row => new(InterfaceTable.ReadKey(row), null, null),
    });

    /// <summary>SKUs that this run is to delete.</summary>
    public static IItemReader<SkuKey> ToDelete(IServiceProvider services, long run, int missingRuns) => services.KeysetReader(new KeysetQuery<SkuKey>
    {
        From = "if_sku",
        Columns = Key,
        Key = Key,
        Where = "deleted_at IS NULL AND last_seen_run <> @run AND (missing_runs >= @missing_runs OR not_found_run = @run)",
        Parameters = new Dictionary<string, object?> { ["run"] = run, ["missing_runs"] = (long)missingRuns },
        Map = InterfaceTable.ReadKey,
    });

    /// <summary>Listed SKUs of the run whose detail failed.</summary>
    public static IItemReader<ListedSku> Failed(IServiceProvider services, long run) => services.KeysetReader(new KeysetQuery<ListedSku>
    {
        From = "sync_gap",
        Columns = [.. Key, "source_stamp", "source_updated_at"],
        Key = Key,
        Where = "run_id = @run AND reason = 'Failed'",
        Parameters = new Dictionary<string, object?> { ["run"] = run },
        Map = row => new(
            InterfaceTable.ReadKey(row),
            row.IsDBNull(2) ? null : row.GetString(2),
            row.IsDBNull(3) ? null : DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(3))),
    });

    /// <summary>SKUs whose hashes were made by other rules, with their payloads.</summary>
    public static IItemReader<StoredSku> OtherwiseHashed(IServiceProvider services, string rules) => services.KeysetReader(new KeysetQuery<StoredSku>
    {
        From = "if_sku",
        Columns = [.. Key, "version", "payload", "deleted_at IS NOT NULL"],
        Key = Key,
        Where = "hash_rules <> @rules",
        Parameters = new Dictionary<string, object?> { ["rules"] = rules },
        Map = StoredSku.Read,
    });

    /// <summary>All SKUs, tombstones included.</summary>
    public static IItemReader<StoredSku> All(IServiceProvider services) => services.KeysetReader(new KeysetQuery<StoredSku>
    {
        From = "if_sku",
        Columns = [.. Key, "version", "payload", "deleted_at IS NOT NULL"],
        Key = Key,
        Map = StoredSku.Read,
    });
}

/// <summary>A SKU as the interface table has it.</summary>
internal sealed record StoredSku(SkuKey Key, long Version, string Payload, bool IsDeleted)
{
    public static StoredSku Read(System.Data.Common.DbDataReader row) => new(InterfaceTable.ReadKey(row), row.GetInt64(2), row.GetString(3), row.GetBoolean(4));
}
