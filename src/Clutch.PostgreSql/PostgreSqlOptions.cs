namespace Clutch.PostgreSql;

/// <summary>How Clutch uses a PostgreSQL database.</summary>
public sealed class PostgreSqlOptions
{
    /// <summary>The schema that holds Clutch's tables, made by the migrations where it is missing; null, the default, takes the first of the connection's search path.</summary>
    /// <remarks>It goes to the front of the search path, so tables of jobs are found there first too.</remarks>
    public string? Schema { get; set; }

    /// <summary>Whether statements are prepared on the server when they are used often; true by default.</summary>
    /// <remarks>Turn it off behind a pooler that hands the same server connection to several clients within a session, such as PgBouncer before 1.21.</remarks>
    public bool PrepareStatements { get; set; } = true;
}
