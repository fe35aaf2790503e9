using Clutch.Relational;
using Clutch.Relational.Migrations;

namespace Clutch.Outbox.Receiving;

/// <summary>The tables of the server half, as part <c>receiving</c> of the schema.</summary>
public static class ReceivingSchema
{
    /// <summary>Brings the tables up to date, under the store's migration lock. Answers what was applied.</summary>
    public static ValueTask<IReadOnlyList<string>> MigrateAsync(RelationalDatabase database, CancellationToken cancellationToken) => MigratorOf(database).MigrateAsync(cancellationToken);

    /// <summary>The migrator, to list or to print what is pending.</summary>
    public static Migrator MigratorOf(RelationalDatabase database)
    {
        ArgumentNullException.ThrowIfNull(database);
        return database.MigratorFor("receiving", Migration.Embedded(typeof(ReceivingSchema).Assembly, $"Receiving{database.Product}"));
    }
}
