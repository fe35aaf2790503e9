using System.Data.Common;
using System.Globalization;
using Clutch.Outbox.Operations;
using Clutch.Outbox.Storage;
using Clutch.Relational;

namespace Clutch.Outbox.Administration;

/// <summary>What an operator sees. The same statements on both databases.</summary>
internal sealed class OutboxReports(OutboxStore store)
{
    private RelationalDatabase Database => store.Database;

    public ValueTask<ChannelStatistics> GetStatisticsAsync(string channel, CancellationToken cancellationToken) =>
        LookAsync(channel, AllCounts, Enum.GetValues<MessageStatus>(), cancellationToken);

    public ValueTask<ChannelStatistics> GetBacklogAsync(string channel, CancellationToken cancellationToken) =>
        LookAsync(channel, OpenCounts, [MessageStatus.Pending, MessageStatus.Submitted, MessageStatus.Failed], cancellationToken);

    public ValueTask<IReadOnlyList<GroupStatistics>> ListGroupsAsync(string channel, CancellationToken cancellationToken) => Database.QueryAsync(
        On(Groups, channel), Rows.All(row => new GroupStatistics(row.GetString(0), row.GetInt64(1), Instant(row, 2), Instant(row, 3))), cancellationToken);

    public ValueTask<IReadOnlyList<OutboxMessageView>> ListMessagesAsync(MessageFilter filter, long after, int count, CancellationToken cancellationToken) =>
        Database.QueryAsync(new Statement(Messages).With(filter).With("after", after).With("count", count), Rows.All(ReadMessage), cancellationToken);

    public ValueTask<IReadOnlyList<FailureGroup>> ListFailuresAsync(string channel, CancellationToken cancellationToken) => Database.QueryAsync(
        On(Failures, channel),
        Rows.All(static row => new FailureGroup((FailureKind)row.GetInt32(0), Text(row, 1), row.GetInt64(2), row.GetInt64(3), Text(row, 4))),
        cancellationToken);

    public ValueTask<IReadOnlyList<SubmissionView>> ListSubmissionsAsync(string channel, int count, CancellationToken cancellationToken) =>
        Database.QueryAsync(On(Submissions, channel).With("count", count), Rows.All(ReadSubmission), cancellationToken);

    public async ValueTask<(string Channel, OperationHandle Operation)?> FindOperationAsync(long submissionId, CancellationToken cancellationToken)
    {
        var statement = new Statement("SELECT channel, correlation_id, status_url FROM clutch_outbox_submission WHERE id = @id AND state IN (1, 3)").With("id", submissionId);
        var found = await Database.QueryAsync(statement, Rows.All(static row => (row.GetString(0), new OperationHandle(row.GetString(1), Text(row, 2)))), cancellationToken);
        return found.Count == 0 ? null : found[0];
    }

    public async ValueTask<IReadOnlyList<TimelineEntry>> GetTimelineAsync(string channel, string group, string key, CancellationToken cancellationToken)
    {
        var statement = On(Timeline, channel).With("group", group).With("key", key);
        var entries = await Database.QueryAsync(statement, Rows.All(ReadEntry), cancellationToken);
        return [.. entries.OrderBy(static entry => entry.At).ThenBy(static entry => entry.Version)];
    }

    private async ValueTask<ChannelStatistics> LookAsync(string channel, string countStatement, MessageStatus[] counted, CancellationToken cancellationToken)
    {
        var now = await store.GetNowAsync(cancellationToken);
        var counts = counted.ToDictionary(static status => status, static _ => 0L);
        foreach (var (status, count) in await Database.QueryAsync(On(countStatement, channel), Rows.All(static row => (row.GetString(0), row.GetInt64(1))), cancellationToken))
            counts[Status(status)] = count;
        return (await Database.QueryAsync(On(Standing, channel).With("at", now), Rows.All(row => ReadStatistics(row, channel, counts, now)), cancellationToken))[0];
    }

    private static Statement On(string text, string channel) => new Statement(text).With("channel", channel);

    private ChannelStatistics ReadStatistics(DbDataReader row, string channel, Dictionary<MessageStatus, long> counts, DateTimeOffset now) => new()
    {
        Channel = channel,
        Counts = counts,
        OldestPendingAge = Since(Instant(row, 0), now),
        SendingCount = row.GetInt64(1),
        OperationCount = row.GetInt64(2),
        OldestOperationAge = Since(Instant(row, 3), now),
        UnacknowledgedCount = row.GetInt64(4),
        PausedAt = Instant(row, 5),
        FaultAt = Instant(row, 6),
        Fault = row.IsDBNull(7) ? null : new(row.GetString(7), null, Text(row, 8)),
    };

    private OutboxMessageView ReadMessage(DbDataReader row) => new()
    {
        Id = row.GetInt64(0),
        Channel = row.GetString(1),
        Group = row.GetString(2),
        Key = row.GetString(3),
        Version = row.GetInt64(4),
        Type = row.GetString(5),
        Status = Status(row.GetString(6)),
        AttemptCount = row.GetInt32(7),
        RedriveCount = row.GetInt32(8),
        CreatedAt = Database.ReadInstant(row, 9),
        DueAt = Database.ReadInstant(row, 10),
        CompletedAt = Instant(row, 11),
        SubmissionId = row.IsDBNull(12) ? null : row.GetInt64(12),
        CorrelationId = Text(row, 13),
        FailureKind = row.IsDBNull(14) ? null : (FailureKind)row.GetInt32(14),
        ProblemType = Text(row, 15),
        ProblemDetail = Text(row, 16),
        AcknowledgedAt = Instant(row, 17),
    };

    private SubmissionView ReadSubmission(DbDataReader row) => new()
    {
        Id = row.GetInt64(0),
        Group = row.GetString(1),
        IdempotencyKey = row.GetString(2),
        Status = row.GetInt32(3) == 0 ? MessageStatus.Pending : MessageStatus.Submitted,
        ItemCount = row.GetInt32(4),
        AttemptCount = row.GetInt32(5),
        CreatedAt = Database.ReadInstant(row, 6),
        DueAt = Database.ReadInstant(row, 7),
        Owner = Text(row, 8),
        Operation = row.IsDBNull(9) ? null : new(row.GetString(9), Text(row, 10)),
    };

    private TimelineEntry ReadEntry(DbDataReader row) =>
        new(Database.ReadInstant(row, 0), row.GetInt64(1), row.GetString(2), row.IsDBNull(3) ? null : row.GetInt64(3), Text(row, 4));

    private DateTimeOffset? Instant(DbDataReader row, int ordinal) => row.IsDBNull(ordinal) ? null : Database.ReadInstant(row, ordinal);

    private static string? Text(DbDataReader row, int ordinal) => row.IsDBNull(ordinal) ? null : row.GetString(ordinal);

    private static TimeSpan Since(DateTimeOffset? instant, DateTimeOffset now) => instant is { } then && then < now ? now - then : TimeSpan.Zero;

    private static MessageStatus Status(string text) => Enum.Parse<MessageStatus>(CultureInfo.InvariantCulture.TextInfo.ToTitleCase(text.ToLowerInvariant()));

    // By status, so that each is counted in its partial index. What is sent and not yet accepted is pending, as the view clutch_outbox has it.
    private const string OpenCounts = """
        SELECT
            'PENDING',
            (SELECT count(*) FROM clutch_outbox_message WHERE channel = @channel AND status = 0)
                + (
                    SELECT count(*)
                    FROM clutch_outbox_message AS message
                    LEFT JOIN clutch_outbox_submission AS submission ON submission.id = message.submission_id
                    WHERE message.channel = @channel AND message.status = 1 AND coalesce(submission.state, 0) <> 1)
        UNION ALL
        SELECT 'SUBMITTED', count(*)
        FROM clutch_outbox_message AS message
        JOIN clutch_outbox_submission AS submission ON submission.id = message.submission_id
        WHERE message.channel = @channel AND message.status = 1 AND submission.state = 1
        UNION ALL
        SELECT 'FAILED', count(*) FROM clutch_outbox_message WHERE channel = @channel AND status = 4
        """;

    // With all that retention keeps, in one pass over it. One statement: a message that ends meanwhile is counted once.
    private const string AllCounts = $"""
        {OpenCounts}
        UNION ALL
        SELECT CASE status WHEN 3 THEN 'SYNCED' ELSE 'SUPERSEDED' END, count(*)
        FROM clutch_outbox_message
        WHERE channel = @channel AND status IN (3, 5)
        GROUP BY status
        """;

    private const string Standing = """
        SELECT
            (
                SELECT min(since)
                FROM (
                    SELECT min(next_attempt_at) AS since FROM clutch_outbox_message WHERE channel = @channel AND status = 0 AND next_attempt_at <= @at
                    UNION ALL
                    SELECT min(created_at) FROM clutch_outbox_submission WHERE channel = @channel AND state = 0) AS waiting),
            (SELECT count(*) FROM clutch_outbox_submission WHERE channel = @channel AND state = 0),
            (SELECT count(*) FROM clutch_outbox_submission WHERE channel = @channel AND state = 1),
            (SELECT min(submitted_at) FROM clutch_outbox_submission WHERE channel = @channel AND state = 1),
            (SELECT count(*) FROM clutch_outbox_message WHERE channel = @channel AND status = 4 AND acknowledged_at IS NULL),
            (SELECT paused_at FROM clutch_outbox_channel WHERE channel = @channel),
            (SELECT fault_at FROM clutch_outbox_channel WHERE channel = @channel),
            (SELECT fault_type FROM clutch_outbox_channel WHERE channel = @channel),
            (SELECT fault_detail FROM clutch_outbox_channel WHERE channel = @channel)
        """;

    private const string Groups = """
        SELECT
            known.group_name,
            (
                SELECT count(*)
                FROM clutch_outbox_message AS message
                WHERE message.channel = known.channel AND message.group_name = known.group_name AND message.status = 0),
            known.paused_at,
            known.held_until
        FROM clutch_outbox_group AS known
        WHERE known.channel = @channel
        ORDER BY known.group_name
        """;

    private const string Messages = $"""
        SELECT
            id, channel, group_name, key, version, type, status, attempts, redrive_count, created_at, next_attempt_at, completed_at, submission_id, correlation_id,
            failure_kind, problem_type, problem_detail, acknowledged_at
        FROM clutch_outbox
        WHERE id > @after AND {MessageFilters.View}
        ORDER BY id
        LIMIT @count
        """;

    private const string Failures = """
        SELECT failure_kind, problem_type, count(*), sum(CASE WHEN acknowledged_at IS NULL THEN 1 ELSE 0 END), max(problem_detail)
        FROM clutch_outbox_message
        WHERE channel = @channel AND status = 4
        GROUP BY failure_kind, problem_type
        ORDER BY count(*) DESC, problem_type
        """;

    private const string Submissions = """
        SELECT id, group_name, idempotency_key, state, item_count, attempts, created_at, due_at, owner, correlation_id, status_url
        FROM clutch_outbox_submission
        WHERE channel = @channel AND state IN (0, 1)
        ORDER BY created_at, id
        LIMIT @count
        """;

    private const string Timeline = """
        WITH version AS (
            SELECT id, version, status, submission_id, created_at, completed_at, problem_detail
            FROM clutch_outbox_message
            WHERE channel = @channel AND group_name = @group AND key = @key),
        own_attempt AS (
            SELECT attempt.at, version.version, attempt.submission_id, attempt.problem_type, attempt.problem_detail
            FROM clutch_outbox_attempt AS attempt
            JOIN version ON version.id = attempt.message_id),
        known AS (
            SELECT version, submission_id FROM version WHERE submission_id IS NOT NULL
            UNION
            SELECT version, submission_id FROM own_attempt WHERE submission_id IS NOT NULL)
        SELECT created_at, version, 'enqueued', NULL, NULL FROM version
        UNION ALL
        SELECT submission.created_at, known.version, 'formed', submission.id, submission.idempotency_key
        FROM known
        JOIN clutch_outbox_submission AS submission ON submission.id = known.submission_id
        UNION ALL
        SELECT submission.submitted_at, known.version, 'accepted', submission.id, submission.correlation_id
        FROM known
        JOIN clutch_outbox_submission AS submission ON submission.id = known.submission_id AND submission.submitted_at IS NOT NULL
        UNION ALL
        SELECT at, version, 'attempt', submission_id, coalesce(problem_detail, problem_type) FROM own_attempt
        UNION ALL
        SELECT attempt.at, known.version, 'attempt', attempt.submission_id, coalesce(attempt.problem_detail, attempt.problem_type)
        FROM known
        JOIN clutch_outbox_attempt AS attempt ON attempt.submission_id = known.submission_id AND attempt.message_id IS NULL
        UNION ALL
        SELECT completed_at, version, CASE status WHEN 3 THEN 'synced' WHEN 4 THEN 'failed' ELSE 'superseded' END, submission_id, problem_detail
        FROM version
        WHERE completed_at IS NOT NULL
        """;
}
