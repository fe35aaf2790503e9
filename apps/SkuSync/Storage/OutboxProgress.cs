using Clutch.Relational;
using SkuSync.Marketplace;

namespace SkuSync.Storage;

/// <summary>What became of changes in the outbox, as its tables have it (docs/reference/schema.md).</summary>
internal sealed class OutboxProgress(RelationalDatabase database)
{
    /// <summary>Whether a change still moves: waits, is being sent, or is at the target.</summary>
    public async ValueTask<bool> IsUnsettledAsync(CancellationToken cancellationToken)
    {
        // Two look-ups in partial indexes, whatever the size of the history.
        const string Unsettled = """
            SELECT CASE WHEN
                EXISTS (SELECT 1 FROM clutch_outbox_message WHERE channel = @channel AND status = 0)
                OR EXISTS (SELECT 1 FROM clutch_outbox_message WHERE channel = @channel AND status = 1)
            THEN 1 ELSE 0 END
            """;
        return (await database.QueryAsync(new Statement(Unsettled).With("channel", SkuChanges.Channel), Rows.All(row => row.GetInt32(0)), cancellationToken))[0] == 1;
    }

    /// <summary>Whether a change that was enqueued between two instants still moves.</summary>
    public async ValueTask<bool> IsUnsettledAsync(DateTimeOffset from, DateTimeOffset to, CancellationToken cancellationToken)
    {
        // Partial indexes again: what moves is little, and the history that SumUpAsync reads is not.
        const string Unsettled = """
            SELECT CASE WHEN
                EXISTS (SELECT 1 FROM clutch_outbox_message WHERE channel = @channel AND status = 0 AND created_at BETWEEN @from AND @to)
                OR EXISTS (SELECT 1 FROM clutch_outbox_message WHERE channel = @channel AND status = 1 AND created_at BETWEEN @from AND @to)
            THEN 1 ELSE 0 END
            """;
        var statement = new Statement(Unsettled).With("channel", SkuChanges.Channel).With("from", from).With("to", to);
        return (await database.QueryAsync(statement, Rows.All(row => row.GetInt32(0)), cancellationToken))[0] == 1;
    }

    /// <summary>What an operator paused, where nothing but that keeps changes from being sent; null while anything else moves.</summary>
    public async ValueTask<PausedSending?> FindPauseAsync(CancellationToken cancellationToken)
    {
        const string Unsent = """
            (
                        EXISTS (
                            SELECT 1
                            FROM clutch_outbox_message AS message
                            WHERE message.channel = known.channel AND message.group_name = known.group_name AND message.status = 0)
                        OR EXISTS (
                            SELECT 1
                            FROM clutch_outbox_submission AS submission
                            WHERE submission.channel = known.channel AND submission.group_name = known.group_name AND submission.state = 0))
            """;
        // What the target works on is still asked for, so it moves.
        const string Paused = $"""
            SELECT
                CASE WHEN EXISTS (SELECT 1 FROM clutch_outbox_channel WHERE channel = @channel AND paused_at IS NOT NULL) THEN 1 ELSE 0 END,
                (SELECT min(known.group_name) FROM clutch_outbox_group AS known WHERE known.channel = @channel AND known.paused_at IS NOT NULL AND {Unsent}),
                CASE WHEN EXISTS (SELECT 1 FROM clutch_outbox_group AS known WHERE known.channel = @channel AND known.paused_at IS NULL AND {Unsent}) THEN 1 ELSE 0 END,
                CASE WHEN EXISTS (SELECT 1 FROM clutch_outbox_submission WHERE channel = @channel AND state = 1) THEN 1 ELSE 0 END
            """;
        var (isChannelPaused, group, hasOthers, hasOperations) = (await database.QueryAsync(
            new Statement(Paused).With("channel", SkuChanges.Channel),
            Rows.All(row => (row.GetInt32(0) == 1, row.IsDBNull(1) ? null : row.GetString(1), row.GetInt32(2) == 1, row.GetInt32(3) == 1)),
            cancellationToken))[0];
        if (hasOperations)
            return null;
        if (isChannelPaused)
            return hasOthers || group is not null ? new PausedSending(Group: null) : null;
        return group is not null && !hasOthers ? new PausedSending(group) : null;
    }

    /// <summary>What a person must repair before the channel can send, or null.</summary>
    public ValueTask<string?> FindFaultAsync(CancellationToken cancellationToken) => database.QueryAsync(
        new Statement("SELECT coalesce(fault_detail, fault_type) FROM clutch_outbox_channel WHERE channel = @channel AND fault_at IS NOT NULL").With("channel", SkuChanges.Channel), Rows.Text, cancellationToken);

    /// <summary>What became of the changes that were enqueued between two instants.</summary>
    public async ValueTask<ChangeOutcome> SumUpAsync(DateTimeOffset from, DateTimeOffset to, CancellationToken cancellationToken)
    {
        const string SumUp = """
            SELECT
                count(*),
                coalesce(sum(CASE WHEN message.status = 3 THEN 1 ELSE 0 END), 0),
                coalesce(sum(CASE WHEN message.status = 4 THEN 1 ELSE 0 END), 0),
                coalesce(sum(CASE WHEN message.status = 5 THEN 1 ELSE 0 END), 0),
                max(submission.submitted_at),
                max(message.completed_at)
            FROM clutch_outbox_message AS message
            LEFT JOIN clutch_outbox_submission AS submission ON submission.id = message.submission_id
            WHERE message.channel = @channel AND message.created_at BETWEEN @from AND @to
            """;
        var statement = new Statement(SumUp).With("channel", SkuChanges.Channel).With("from", from).With("to", to);
        return (await database.QueryAsync(
            statement,
            Rows.All(row => new ChangeOutcome(
                row.GetInt64(0), Count(row, 1), Count(row, 2), Count(row, 3),
                row.IsDBNull(4) ? null : database.ReadInstant(row, 4), row.IsDBNull(5) ? null : database.ReadInstant(row, 5))),
            cancellationToken))[0];
    }

    private static long Count(System.Data.Common.DbDataReader row, int ordinal) => Convert.ToInt64(row.GetValue(ordinal), System.Globalization.CultureInfo.InvariantCulture);
}

/// <summary>What an operator paused.</summary>
/// <param name="Group">The group; null for the whole channel.</param>
internal sealed record PausedSending(string? Group);

/// <summary>What became of a run's changes.</summary>
/// <param name="Enqueued">Changes put into the outbox.</param>
/// <param name="Synced">Known to be at the target.</param>
/// <param name="Failed">Given up; an operator can send them again.</param>
/// <param name="Superseded">Replaced by a newer version.</param>
/// <param name="AcceptedAt">When the target accepted the last of them, or null.</param>
/// <param name="CompletedAt">When the last of them ended, or null.</param>
internal readonly record struct ChangeOutcome(long Enqueued, long Synced, long Failed, long Superseded, DateTimeOffset? AcceptedAt, DateTimeOffset? CompletedAt)
{
    /// <summary>Changes that still move.</summary>
    public long Unsettled => Enqueued - Synced - Failed - Superseded;
}
