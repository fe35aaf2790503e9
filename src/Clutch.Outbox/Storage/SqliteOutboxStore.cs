using System.Data.Common;
using Clutch.Outbox.Faults;
using Clutch.Relational;

namespace Clutch.Outbox.Storage;

/// <summary>The outbox on SQLite: prepared statements run row by row, without a network between.</summary>
internal sealed class SqliteOutboxStore(RelationalDatabase database, TimeProvider timeProvider, Safeguards safeguards, IOutboxFaults? faults)
    : OutboxStore(database, SqliteStatements.Statements, timeProvider, safeguards, faults)
{
    public override async ValueTask<EnqueueResult> EnqueueAsync(DbConnection connection, IReadOnlyList<EnqueuedMessage> messages, CancellationToken cancellationToken)
    {
        var now = MachineNow;
        await using var insertMessage = Prepare(
            connection, SqliteStatements.InsertMessage,
            "channel", "group", "key", "version", "type", "status", "size_bytes", "next_attempt_at", "now", "expires_at", "trace_parent");
        await using var insertBody = Prepare(connection, SqliteStatements.InsertBody, "id", "payload");
        await using var coalesce = Prepare(connection, SqliteStatements.Coalesce, "channel", "group", "key", "version", "now");
        var (added, coalesced) = (0, 0);
        foreach (var (message, latestWins, isSuperseded, traceParent) in messages)
        {
            Set(
                insertMessage,
                message.Channel, message.Group, message.Key, message.Version, message.Type, isSuperseded ? 5 : 0, message.Body.Length, message.NotBefore ?? now, now,
                message.ExpiresAt, traceParent);
            if (await insertMessage.ExecuteScalarAsync(cancellationToken) is not long id)
                continue;
            added++;
            Set(insertBody, id, PostgreSqlOutboxStore.ToArray(message.Body));
            await insertBody.ExecuteNonQueryAsync(cancellationToken);
            if (isSuperseded)
                coalesced++;
            if (!latestWins || isSuperseded)
                continue;
            Set(coalesce, message.Channel, message.Group, message.Key, message.Version, now);
            coalesced += await coalesce.ExecuteNonQueryAsync(cancellationToken);
        }

        await EnterGroupsAsync(connection, messages, cancellationToken);
        return new(added, messages.Count - added, coalesced);
    }

    private async ValueTask EnterGroupsAsync(DbConnection connection, IReadOnlyList<EnqueuedMessage> messages, CancellationToken cancellationToken)
    {
        await using var enter = Prepare(connection, SqliteStatements.EnterGroup, "channel", "group");
        foreach (var (channel, group) in messages.Select(entry => (entry.Message.Channel, entry.Message.Group)).Distinct())
        {
            Set(enter, channel, group);
            await enter.ExecuteNonQueryAsync(cancellationToken);
        }
    }

    private static DbCommand Prepare(DbConnection connection, string text, params ReadOnlySpan<string> names)
    {
        var command = connection.CreateCommand();
        command.CommandText = text;
        foreach (var name in names)
        {
            var parameter = command.CreateParameter();
            // With its prefix, which would else be looked for at each row.
            parameter.ParameterName = $"@{name}";
            command.Parameters.Add(parameter);
        }

        return command;
    }

    private void Set(DbCommand command, params ReadOnlySpan<object?> values)
    {
        for (var i = 0; i < values.Length; i++)
            Database.Bind(command.Parameters[i], values[i]);
    }
}
