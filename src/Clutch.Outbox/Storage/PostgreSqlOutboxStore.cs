using System.Data.Common;
using System.Runtime.InteropServices;
using Clutch.Outbox.Faults;
using Clutch.Relational;

namespace Clutch.Outbox.Storage;

/// <summary>The outbox on PostgreSQL: a bulk of messages is one statement.</summary>
internal sealed class PostgreSqlOutboxStore(RelationalDatabase database, TimeProvider timeProvider, Safeguards safeguards, IOutboxFaults? faults)
    : OutboxStore(database, PostgreSqlStatements.Statements, timeProvider, safeguards, faults)
{
    public override ValueTask<EnqueueResult> EnqueueAsync(DbConnection connection, IReadOnlyList<EnqueuedMessage> messages, CancellationToken cancellationToken)
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
        return Database.RunAsync(connection, statement, (rows, token) => ReadResultAsync(rows, messages.Count, token), cancellationToken);
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

    private static async ValueTask<EnqueueResult> ReadResultAsync(DbDataReader rows, int count, CancellationToken cancellationToken)
    {
        await rows.ReadAsync(cancellationToken);
        var added = (int)rows.GetInt64(0);
        return new(added, count - added, (int)rows.GetInt64(1));
    }
}
