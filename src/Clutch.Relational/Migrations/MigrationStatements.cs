namespace Clutch.Relational.Migrations;

/// <summary>The whole statements of a migrator, as one store writes them.</summary>
public sealed record MigrationStatements
{
    /// <summary>Answers a row if the table <c>clutch_migration</c> exists.</summary>
    public required string FindTable { get; init; }

    /// <summary>Waits until no other migration is under way, up to the end of the transaction, and creates the table <c>clutch_migration</c> where it is missing.</summary>
    public required string Enter { get; init; }

    /// <summary>Answers the highest number recorded for <c>part</c>, and the name it goes by.</summary>
    public required string FindLatest { get; init; }

    /// <summary>Records a migration: <c>part</c>, <c>number</c>, <c>name</c>.</summary>
    public required string Record { get; init; }
}
