using Clutch.Relational.Migrations;

namespace Clutch.Sqlite;

/// <summary>The schema: the job repository's part, and the checkpoints beside the data in a target database.</summary>
internal static class SqliteMigrations
{
    // BEGIN IMMEDIATE is the lock: one writer at a time.
    private static readonly MigrationStatements Statements = new()
    {
        FindTable = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name = 'clutch_migration'",
        Enter = """
            CREATE TABLE IF NOT EXISTS clutch_migration (
                part TEXT NOT NULL,
                number INTEGER NOT NULL,
                name TEXT NOT NULL,
                applied_at INTEGER NOT NULL,
                CONSTRAINT clutch_migration_pk PRIMARY KEY (part, number)) STRICT
            """,
        FindLatest = "SELECT number, name FROM clutch_migration WHERE part = @part ORDER BY number DESC LIMIT 1",
        Record = "INSERT INTO clutch_migration (part, number, name, applied_at) VALUES (@part, @number, @name, 1000 * unixepoch())",
    };

    public static Migrator Repository(SqliteDatabase database) => Of(database, "repository", "Repository");

    public static Migrator Target(SqliteDatabase database) => Of(database, "target", "Target");

    public static Migrator Of(SqliteDatabase database, string part, IReadOnlyList<Migration> migrations) => new(database, Statements, part, migrations);

    private static Migrator Of(SqliteDatabase database, string part, string folder) =>
        Of(database, part, Migration.Embedded(typeof(SqliteMigrations).Assembly, folder));
}
