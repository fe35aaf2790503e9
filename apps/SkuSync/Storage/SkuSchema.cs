using Clutch.Relational;
using Clutch.Relational.Migrations;

namespace SkuSync.Storage;

/// <summary>The tables of SkuSync: a part of the schema beside the job repository and the outbox, in the same database.</summary>
internal sealed class SkuSchema(RelationalDatabase database)
{
    private readonly Migrator _migrator = database.MigratorFor("sku", Migration.Embedded(typeof(SkuSchema).Assembly, database.Product));

    /// <summary>Creates or updates the tables.</summary>
    public ValueTask<IReadOnlyList<string>> MigrateAsync(CancellationToken cancellationToken) => _migrator.MigrateAsync(cancellationToken);
}
