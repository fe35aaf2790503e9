using System.Data.Common;
using Clutch.Relational;

namespace Clutch.Outbox.Storage;

/// <summary>What is left to do in a channel.</summary>
/// <param name="HasUnsent">Something waits to be sent, due within the horizon and not paused.</param>
/// <param name="HasOperations">The target works on something.</param>
/// <param name="IsPaused">An operator paused the channel.</param>
/// <param name="Fault">Why the channel is stopped, or null.</param>
internal sealed record Backlog(bool HasUnsent, bool HasOperations, bool IsPaused, Problem? Fault)
{
    /// <summary>Whether nothing moves any more.</summary>
    public bool IsEmpty => !HasUnsent && !HasOperations;

    /// <summary>Whether sending waits for a person.</summary>
    public bool IsStopped => IsPaused || Fault is not null;

    public static async ValueTask<Backlog> ReadAsync(OutboxStore store, string channel, TimeSpan horizon, CancellationToken cancellationToken)
    {
        var now = await store.GetNowAsync(cancellationToken);
        var statement = new Statement(Query).With("channel", channel).With("until", now + horizon).With("at", now);
        return (await store.Database.QueryAsync(statement, Rows.All(Read), cancellationToken))[0];
    }

    private const string Query = """
        SELECT
            CASE WHEN EXISTS (
                SELECT 1
                FROM clutch_outbox_message AS message
                WHERE message.channel = @channel AND message.status = 0 AND message.next_attempt_at <= @until
                    AND (message.expires_at IS NULL OR message.expires_at > @at)
                    AND NOT EXISTS (
                        SELECT 1
                        FROM clutch_outbox_group AS resting
                        WHERE resting.channel = message.channel AND resting.group_name = message.group_name AND resting.paused_at IS NOT NULL)) THEN 1 ELSE 0 END,
            CASE WHEN EXISTS (
                SELECT 1
                FROM clutch_outbox_submission AS submission
                WHERE submission.channel = @channel AND submission.state = 0
                    AND NOT EXISTS (
                        SELECT 1
                        FROM clutch_outbox_group AS resting
                        WHERE resting.channel = submission.channel AND resting.group_name = submission.group_name AND resting.paused_at IS NOT NULL)) THEN 1 ELSE 0 END,
            CASE WHEN EXISTS (SELECT 1 FROM clutch_outbox_submission WHERE channel = @channel AND state = 1) THEN 1 ELSE 0 END,
            CASE WHEN EXISTS (SELECT 1 FROM clutch_outbox_channel WHERE channel = @channel AND paused_at IS NOT NULL) THEN 1 ELSE 0 END,
            (SELECT fault_type FROM clutch_outbox_channel WHERE channel = @channel AND fault_until > @at),
            (SELECT fault_detail FROM clutch_outbox_channel WHERE channel = @channel AND fault_until > @at)
        """;

    private static Backlog Read(DbDataReader row) => new(
        row.GetInt32(0) + row.GetInt32(1) > 0,
        row.GetInt32(2) > 0,
        row.GetInt32(3) > 0,
        row.IsDBNull(4) ? null : new(row.GetString(4), null, row.IsDBNull(5) ? null : row.GetString(5)));
}
