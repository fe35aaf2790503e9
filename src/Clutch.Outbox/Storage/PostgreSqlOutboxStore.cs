using System.Data.Common;
using System.Runtime.InteropServices;
using Clutch.Outbox.Faults;
using Clutch.Relational;

namespace Clutch.Outbox.Storage;

/// <summary>The outbox on PostgreSQL: a bulk of messages is one statement.</summary>
internal sealed class PostgreSqlOutboxStore(RelationalDatabase database, TimeProvider timeProvider, Safeguards safeguards, IOutboxFaults? faults)
    : OutboxStore(database, PostgreSqlStatements.Statements, timeProvider, safeguards, faults)
{
    public override async ValueTask<EnqueueResult> EnqueueAsync(DbConnection connection, IReadOnlyList<EnqueuedMessage> messages, CancellationToken cancellationToken)
    {
        var statement = new Statement(PostgreSqlStatements.Enqueue)
            .With("channels", Column(messages, static entry => entry.Message.Channel))
            .With("groups", Column(messages, static entry => entry.Message.Group))
            .With("keys", Column(messages, static entry => entry.Message.Key))
            .With("versions", Column(messages, static entry => entry.Message.Version))
            .With("types", Column(messages, static entry => entry.Message.Type))
            .With("bodies", Column(messages, static entry => ToArray(entry.Message.Body)))
            .With("statuses", Column(messages, static entry => (long)entry.Status))
            .With("latest_wins", Column(messages, static entry => entry.LatestWins ? 1L : 0L))
            .With("not_before", Column(messages, static entry => entry.Message.NotBefore?.ToUnixTimeMilliseconds() ?? 0))
            .With("expires_at", Column(messages, static entry => entry.Message.ExpiresAt?.ToUnixTimeMilliseconds() ?? 0))
            .With("trace_parents", Column(messages, static entry => entry.TraceParent));
        var (result, first, last) = (await Database.RunAsync(connection, statement, Rows.All(row => Read(row, messages.Count)), cancellationToken))[0];
        if (result.DuplicateCount > 0)
            await Database.RunAsync(connection, new Statement(PostgreSqlStatements.DeleteOrphans).With("first", first).With("last", last), Rows.Affected, cancellationToken);
        return result;
    }

    /// <summary>The bytes without a copy, where they are an array of their own.</summary>
    internal static byte[] ToArray(ReadOnlyMemory<byte> body) =>
        MemoryMarshal.TryGetArray(body, out var segment) && segment.Offset == 0 && segment.Count == segment.Array!.Length ? segment.Array : body.ToArray();

    private static T[] Column<T>(IReadOnlyList<EnqueuedMessage> messages, Func<EnqueuedMessage, T> value)
    {
        var column = new T[messages.Count];
        for (var i = 0; i < column.Length; i++)
            column[i] = value(messages[i]);
        return column;
    }

    private static (EnqueueResult Result, long First, long Last) Read(DbDataReader row, int count)
    {
        var added = (int)row.GetInt64(0);
        return (new(added, count - added, (int)row.GetInt64(1)), row.GetInt64(2), row.GetInt64(3));
    }
}
