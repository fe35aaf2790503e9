using Clutch.Outbox.Storage;

namespace Clutch.Outbox;

/// <summary>The outbox's tables, a part of the schema of its own in the database it lives in.</summary>
public sealed class OutboxSchema
{
    private readonly OutboxStore _store;

    internal OutboxSchema(OutboxStore store) => _store = store;

    /// <summary>Creates or updates the tables, under the lock of all migrations; answers the names of what was applied.</summary>
    public ValueTask<IReadOnlyList<string>> MigrateAsync(CancellationToken cancellationToken) => _store.Migrator.MigrateAsync(cancellationToken);

    /// <summary>The SQL of what <see cref="MigrateAsync"/> would apply, for a person to run.</summary>
    public ValueTask<string> ScriptMigrationsAsync(CancellationToken cancellationToken) => _store.Migrator.ScriptPendingAsync(cancellationToken);
}
