using Clutch.Relational;

namespace SkuSync.Storage;

/// <summary>The statements on the interface table, whole, for one kind of database. Parameter <c>rows</c> is a chunk as JSON (<see cref="SkuRows"/>).</summary>
internal sealed record SkuStatements
{
    /// <summary>One row where the run may still write.</summary>
    public required string Guard { get; init; }

    /// <summary>Guard; insert or change what differs, answering key and version of each; mark all of <c>rows</c> as fetched and seen, and <c>seen</c> as seen.</summary>
    public required string Store { get; init; }

    /// <summary>What is known of the keys: key, stamp, whether it is a tombstone.</summary>
    public required string FindKnown { get; init; }

    /// <summary>Counts a missing run for keys that a complete listing did not have, and notes which the detail API does not know (<c>not_found</c>).</summary>
    public required string MarkMissing { get; init; }

    /// <summary>Turns keys into tombstones; answers key and version of each.</summary>
    public required string Bury { get; init; }

    /// <summary>Notes gaps; a later reason replaces an earlier one.</summary>
    public required string SaveGaps { get; init; }

    /// <summary>Forgets the gaps of keys that were had after all.</summary>
    public required string CloseGaps { get; init; }

    /// <summary>Gives keys the hashes of the present rules.</summary>
    public required string Rehash { get; init; }

    /// <summary>Of the keys those whose latest version still moves or has failed in the outbox.</summary>
    public required string FindOpen { get; init; }

    /// <summary>Raises versions above those at the target where they are still the ones compared; answers key and version of each.</summary>
    public required string Raise { get; init; }

    public static SkuStatements For(RelationalDatabase database) => database.Product switch
    {
        "PostgreSql" => PostgreSqlSku.Statements,
        "Sqlite" => SqliteSku.Statements,
        var product => throw new NotSupportedException($"SkuSync has no statements for '{product}'. Use PostgreSQL or SQLite."),
    };
}
