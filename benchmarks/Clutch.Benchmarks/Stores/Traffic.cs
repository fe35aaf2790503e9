namespace Clutch.Benchmarks.Stores;

/// <summary>What went to a PostgreSQL server.</summary>
/// <param name="RoundTrips">Times the client spoke after the server had.</param>
/// <param name="Statements">Statements, BEGIN, COMMIT and COPY among them; the driver's reset of a pooled connection is not.</param>
/// <param name="Transactions">Transactions that ended.</param>
internal readonly record struct Traffic(long RoundTrips, long Statements, long Transactions)
{
    public static Traffic operator -(Traffic left, Traffic right) =>
        new(left.RoundTrips - right.RoundTrips, left.Statements - right.Statements, left.Transactions - right.Transactions);
}
