using System.Globalization;
using Clutch.Repository;

namespace Clutch.Relational.Migrations;

/// <summary>Brings one part of a schema up to date: numbered migrations, applied in one transaction under a lock, and recorded.</summary>
public sealed class Migrator
{
    private readonly RelationalDatabase _database;
    private readonly MigrationStatements _statements;
    private readonly string _part;
    private readonly IReadOnlyList<Migration> _migrations;

    /// <summary>A migrator for these migrations.</summary>
    /// <param name="database">The database.</param>
    /// <param name="statements">Its statements.</param>
    /// <param name="part">Which part of the schema they make, such as <c>repository</c>: each part counts on its own.</param>
    /// <param name="migrations">The migrations, in order.</param>
    public Migrator(RelationalDatabase database, MigrationStatements statements, string part, IReadOnlyList<Migration> migrations)
    {
        _database = database;
        _statements = statements;
        _part = part;
        _migrations = migrations;
    }

    /// <summary>Applies what is missing and answers the names of what it applied.</summary>
    /// <exception cref="RepositoryException">The schema is newer than this program, or the database cannot be reached or written.</exception>
    public async ValueTask<IReadOnlyList<string>> MigrateAsync(CancellationToken cancellationToken)
    {
        // Without a lock first: a schema that is up to date is the usual case, and start-up should not wait for others.
        if ((await ListPendingAsync(cancellationToken)).Count == 0)
            return [];

        await using var session = await _database.OpenSessionAsync(cancellationToken);
        await session.BeginAsync(cancellationToken);
        await session.RunAsync(new Statement(_statements.Enter) { HasTimeout = false }, Rows.Affected, cancellationToken);
        var pending = Pending(await session.RunAsync(Latest(), Rows.First(ReadApplied), cancellationToken));
        foreach (var migration in pending)
            await ApplyAsync(session, migration, cancellationToken);
        await session.CommitAsync(cancellationToken);
        return pending.Select(migration => migration.Name).ToArray();
    }

    /// <summary>What <see cref="MigrateAsync"/> would apply; nothing is changed.</summary>
    /// <exception cref="RepositoryException">The schema is newer than this program, or the database cannot be reached.</exception>
    public async ValueTask<IReadOnlyList<Migration>> ListPendingAsync(CancellationToken cancellationToken)
    {
        await using var connection = await _database.OpenAsync(cancellationToken);
        var exists = await _database.RunAsync(connection, new Statement(_statements.FindTable), Rows.Text, cancellationToken) is not null;
        return exists ? Pending(await _database.RunAsync(connection, Latest(), Rows.First(ReadApplied), cancellationToken)) : _migrations;
    }

    /// <summary>The SQL of what <see cref="MigrateAsync"/> would apply, for a person to run; empty where the schema is up to date.</summary>
    /// <exception cref="RepositoryException">The schema is newer than this program, or the database cannot be reached.</exception>
    public async ValueTask<string> ScriptPendingAsync(CancellationToken cancellationToken)
    {
        var pending = await ListPendingAsync(cancellationToken);
        return pending.Count == 0 ? string.Empty : $"BEGIN;\n{_statements.Enter};\n{string.Concat(pending.Select(Script))}COMMIT;\n";
    }

    private static Applied ReadApplied(System.Data.Common.DbDataReader row) => new(row.GetInt32(0), row.GetString(1));

    private Statement Latest() => new Statement(_statements.FindLatest).With("part", _part);

    private IReadOnlyList<Migration> Pending(Applied? applied)
    {
        var newest = _migrations[^1];
        if (applied?.Number > newest.Number)
        {
            throw new RepositoryException(string.Create(
                CultureInfo.InvariantCulture,
                $"The schema '{_part}' in {_database.Description} is newer than this program: it is at '{applied.Name}', the program knows '{newest.Name}'. Install the newer version."));
        }

        return _migrations.Where(migration => migration.Number > (applied?.Number ?? 0)).ToArray();
    }

    private async ValueTask ApplyAsync(RelationalSession session, Migration migration, CancellationToken cancellationToken)
    {
        // An index of a large table takes its time, for which other programs that start wait, too.
        await session.RunAsync(new Statement(migration.Script) { HasTimeout = false }, Rows.Affected, cancellationToken);
        var record = new Statement(_statements.Record).With("part", _part).With("number", migration.Number).With("name", migration.Name);
        await session.RunAsync(record, Rows.Affected, cancellationToken);
    }

    // The values are names and numbers of our own, so quoting them is safe.
    private string Script(Migration migration)
    {
        var record = _statements.Record
            .Replace("@part", $"'{_part}'", StringComparison.Ordinal)
            .Replace("@number", migration.Number.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
            .Replace("@name", $"'{migration.Name}'", StringComparison.Ordinal);
        return $"-- {migration.Name}\n{migration.Script}\n{record};\n";
    }

    private sealed record Applied(int Number, string Name);
}
