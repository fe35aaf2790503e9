using Clutch.Relational.Migrations;

namespace Clutch.PostgreSql;

/// <summary>The schema: the job repository's part, and the checkpoints beside the data in a target database.</summary>
internal static class PostgreSqlMigrations
{
    private const string Enter = """
        SELECT pg_advisory_xact_lock(7164230249984057197);  -- 'clutch_m' as a number

        CREATE TABLE IF NOT EXISTS clutch_migration (
            part text NOT NULL,
            number integer NOT NULL,
            name text NOT NULL,
            applied_at timestamptz NOT NULL,
            CONSTRAINT clutch_migration_pk PRIMARY KEY (part, number))
        """;

    public static Migrator Repository(PostgreSqlDatabase database) => Of(database, "repository", "Repository");

    public static Migrator Target(PostgreSqlDatabase database) => Of(database, "target", "Target");

    public static Migrator Of(PostgreSqlDatabase database, string part, IReadOnlyList<Migration> migrations) =>
        new(database, StatementsFor(database.Schema), part, migrations);

    private static Migrator Of(PostgreSqlDatabase database, string part, string folder) =>
        Of(database, part, Migration.Embedded(typeof(PostgreSqlMigrations).Assembly, folder));

    private static MigrationStatements StatementsFor(string? schema) => new()
    {
        FindTable = $"SELECT relname::text FROM pg_class WHERE oid = to_regclass({Literal(TableIn(schema))})",
        Enter = schema is null ? Enter : CreateSchema(schema) + Enter,
        FindLatest = "SELECT number, name FROM clutch_migration WHERE part = @part ORDER BY number DESC LIMIT 1",
        Record = "INSERT INTO clutch_migration (part, number, name, applied_at) VALUES (@part, @number, @name, clock_timestamp())",
    };

    // CREATE SCHEMA IF NOT EXISTS asks for the right to create one even where it is there.
    private static string CreateSchema(string schema) => $"""
        DO $$
        BEGIN
            PERFORM pg_advisory_xact_lock(7164230249984057197);
            IF to_regnamespace({Literal(Quote(schema))}) IS NULL THEN
                CREATE SCHEMA {Quote(schema)};
            END IF;
        END $$;


        """;

    private static string TableIn(string? schema) => schema is null ? "clutch_migration" : $"{Quote(schema)}.clutch_migration";

    private static string Quote(string identifier) => PostgreSqlDatabase.QuoteIdentifier(identifier);

    private static string Literal(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";
}
