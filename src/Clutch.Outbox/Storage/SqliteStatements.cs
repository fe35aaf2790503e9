namespace Clutch.Outbox.Storage;

/// <summary>The outbox on SQLite. Each runs in a transaction that has the file to itself, so nothing is locked row by row.</summary>
internal static class SqliteStatements
{
    public const string InsertMessage = """
        INSERT INTO clutch_outbox_message (
            channel, group_name, key, version, type, status, size_bytes, next_attempt_at, created_at, expires_at, completed_at, trace_parent)
        VALUES (
            @channel, @group, @key, @version, @type, @status, @size_bytes, @next_attempt_at, @now, @expires_at, CASE WHEN @status = 5 THEN @now END, @trace_parent)
        ON CONFLICT DO NOTHING
        RETURNING id
        """;

    public const string InsertBody = "INSERT INTO clutch_outbox_body (message_id, payload) VALUES (@id, @payload)";

    public const string EnterGroup = "INSERT INTO clutch_outbox_group (channel, group_name) VALUES (@channel, @group) ON CONFLICT DO NOTHING";

    // T12.
    public const string Coalesce = """
        UPDATE clutch_outbox_message
        SET status = 5, completed_at = @now
        WHERE channel = @channel AND group_name = @group AND key = @key AND version < @version AND status = 0
        """;

    private const string NotStopped = """
        NOT EXISTS (
            SELECT 1 FROM clutch_outbox_channel AS stopped WHERE stopped.channel = @channel AND (stopped.paused_at IS NOT NULL OR stopped.fault_until > @now))
        """;

    // Of "submission": to be sent again, and neither stopped nor resting.
    private const string DueAgain = $"""
        submission.channel = @channel AND submission.state = 0 AND submission.due_at <= @now
            AND {NotStopped}
            AND NOT EXISTS (
                SELECT 1
                FROM clutch_outbox_group AS resting
                WHERE resting.channel = submission.channel AND resting.group_name = submission.group_name
                    AND (resting.paused_at IS NOT NULL OR resting.held_until > @now))
        """;

    private const string Columns = """
        submission.id, submission.group_name, submission.idempotency_key, submission.fence, submission.state, submission.attempts, submission.base_attempts,
            submission.item_count, submission.split_depth, submission.rounds, submission.refusals
        """;

    private const string Ready = $"""
        FROM clutch_outbox_message AS message
            WHERE channel = @channel AND group_name = @group AND status = 0 AND next_attempt_at <= @now AND (expires_at IS NULL OR expires_at > @now)
                AND {NotStopped}
                AND NOT EXISTS (
                    SELECT 1
                    FROM clutch_outbox_group AS resting
                    WHERE resting.channel = @channel AND resting.group_name = @group AND (resting.paused_at IS NOT NULL OR resting.held_until > @now))
        """;

    private const string Gate = """

                AND NOT EXISTS (
                    SELECT 1
                    FROM clutch_outbox_message AS older
                    WHERE older.channel = message.channel AND older.group_name = message.group_name AND older.key = message.key AND older.version < message.version
                        AND older.status IN (0, 1) AND (older.status = 1 OR older.expires_at IS NULL OR older.expires_at > @now))
        """;

    // T8 where the latest wins: there is a newer version, so this one is not worth another attempt.
    private const string Overtaken = """
        (@latest_wins = 1 AND EXISTS (
                    SELECT 1
                    FROM clutch_outbox_message AS newer
                    WHERE newer.channel = message.channel AND newer.group_name = message.group_name AND newer.key = message.key AND newer.version > message.version
                        AND newer.status IN (0, 1, 3)))
        """;

    public static OutboxStatements Statements { get; } = new()
    {
        ReadyGroups = $"""
            SELECT known.group_name
            FROM clutch_outbox_group AS known
            WHERE known.channel = @channel AND known.paused_at IS NULL AND (known.held_until IS NULL OR known.held_until <= @now)
                AND {NotStopped}
                AND (
                    EXISTS (
                        SELECT 1
                        FROM clutch_outbox_message AS message
                        WHERE message.channel = known.channel AND message.group_name = known.group_name AND message.status = 0 AND message.next_attempt_at <= @now
                            AND message.created_at <= @now - @linger)
                    OR @linger > 0 AND EXISTS (
                        SELECT 1
                        FROM clutch_outbox_message AS message
                        WHERE message.channel = known.channel AND message.group_name = known.group_name AND message.status = 0 AND message.next_attempt_at <= @now
                        LIMIT 1 OFFSET @limit - 1))
            ORDER BY known.group_name
            """,
        Claim = Claim(gate: string.Empty),
        ClaimInOrder = Claim(Gate),
        DueGroups = $"""
            SELECT submission.group_name
            FROM clutch_outbox_submission AS submission
            WHERE {DueAgain}
            GROUP BY submission.group_name
            ORDER BY min(submission.due_at)
            """,
        ClaimDue = $"""
            UPDATE clutch_outbox_submission
            SET fence = fence + 1, previous_owner = owner, owner = @owner, due_at = @now + @lease,
                attempts = attempts + CASE WHEN owner IS NULL THEN 1 ELSE 0 END,
                lost_leases = lost_leases + CASE WHEN owner IS NULL THEN 0 ELSE 1 END
            WHERE id = (
                SELECT id
                FROM clutch_outbox_submission AS submission
                WHERE submission.group_name = @group AND {DueAgain}
                ORDER BY due_at
                LIMIT 1)
            RETURNING CAST(id AS TEXT)
            """,
        Renew = """
            UPDATE clutch_outbox_submission AS submission
            SET due_at = @now + @lease
            FROM json_each(@items) AS item
            WHERE submission.id = item.value ->> 'id' AND submission.fence = item.value ->> 'fence' AND submission.state <> 2 AND submission.owner = @owner
            RETURNING id
            """,
        ClaimOperations = """
            UPDATE clutch_outbox_submission
            SET fence = fence + 1, owner = @owner, due_at = @now + @lease
            WHERE id IN (
                SELECT id
                FROM clutch_outbox_submission
                WHERE channel = @channel AND state IN (1, 3) AND due_at <= @now
                ORDER BY due_at
                LIMIT @limit)
            RETURNING
                id, group_name, idempotency_key, fence, state, attempts, base_attempts, item_count, split_depth, rounds, poll_count, is_thinned,
                (@now - submitted_at) / 1000.0, correlation_id, status_url
            """,
        Reschedule = """
            UPDATE clutch_outbox_submission AS submission
            SET owner = NULL, due_at = @now + (item.value ->> 'due_ms'), poll_count = poll_count + (item.value ->> 'polls')
            FROM json_each(@items) AS item
            WHERE submission.id = item.value ->> 'id' AND submission.fence = item.value ->> 'fence' AND submission.state IN (1, 3)
            """,
        NextOperation = """
            SELECT max(0, min(due_at) - @now) / 1000.0
            FROM clutch_outbox_submission
            WHERE channel = @channel AND state IN (1, 3)
            HAVING count(*) > 0
            """,
        Hold = """
            UPDATE clutch_outbox_submission
            SET state = @state,
                owner = NULL,
                due_at = CASE WHEN @state = 2 THEN NULL ELSE @now + @due_in END,
                attempts = @attempts,
                rounds = @rounds,
                refusals = @refusals,
                correlation_id = coalesce(@correlation_id, correlation_id),
                status_url = CASE WHEN @correlation_id IS NULL THEN status_url ELSE @status_url END,
                submitted_at = CASE WHEN @is_taken = 1 THEN @now ELSE submitted_at END,
                refused_at = CASE WHEN @refuses_content = 1 AND item_count = 1 THEN coalesce(refused_at, @now) ELSE refused_at END,
                poll_count = CASE WHEN @state = 1 AND @correlation_id IS NULL THEN poll_count + 1 ELSE 0 END,
                is_thinned = is_thinned OR @thins = 1,
                closed_at = CASE WHEN @state = 2 THEN @now END
            WHERE id = @id AND (fence = @fence AND state = @from OR @unfenced = 1)
            """,
        OldestMember = "SELECT (@now - min(created_at)) / 1000.0 FROM clutch_outbox_message WHERE submission_id = @id AND status = 1 HAVING count(*) > 0",
        Log = """
            INSERT INTO clutch_outbox_attempt (channel, submission_id, at, problem_type, problem_detail)
            VALUES (@channel, @id, @now, @problem_type, @problem_detail)
            """,
        LogItems = """
            INSERT INTO clutch_outbox_attempt (channel, submission_id, message_id, at, problem_type, problem_detail)
            SELECT message.channel, @id, message.id, @now, coalesce(item.value ->> 'problem_type', 'unknown'), item.value ->> 'problem_detail'
            FROM json_each(@items) AS item
            JOIN clutch_outbox_message AS message ON message.id = item.value ->> 'id' AND message.submission_id = @id AND message.status = 1
            WHERE item.value ->> 'status' IN (0, 4)
            """,
        SettleItems = $$"""
            UPDATE clutch_outbox_message AS message
            SET status = CASE WHEN item.value ->> 'status' = 0 AND {{Overtaken}} THEN 5 ELSE item.value ->> 'status' END,
                completed_at = CASE WHEN item.value ->> 'status' = 0 AND NOT {{Overtaken}} THEN NULL ELSE @now END,
                submission_id = CASE WHEN item.value ->> 'status' = 0 THEN NULL ELSE message.submission_id END,
                attempts = message.attempts + @attempts,
                next_attempt_at = CASE WHEN item.value ->> 'status' = 0 THEN @now + (item.value ->> 'due_ms') ELSE message.next_attempt_at END,
                failure_kind = item.value ->> 'failure_kind',
                problem_type = item.value ->> 'problem_type',
                problem_detail = item.value ->> 'problem_detail'
            FROM json_each(@items) AS item
            WHERE message.id = item.value ->> 'id' AND message.submission_id = @id AND message.status = 1
            """,
        SettleRest = $$"""
            UPDATE clutch_outbox_message AS message
            SET status = CASE WHEN @status = 0 AND {{Overtaken}} THEN 5 ELSE @status END,
                completed_at = CASE WHEN @status = 0 AND NOT {{Overtaken}} THEN NULL ELSE @now END,
                submission_id = CASE WHEN @status = 0 THEN NULL ELSE message.submission_id END,
                attempts = message.attempts + @attempts,
                next_attempt_at = CASE WHEN @status = 0 THEN @now + @retry_in ELSE message.next_attempt_at END,
                failure_kind = @failure_kind,
                problem_type = @problem_type,
                problem_detail = @problem_detail
            WHERE message.submission_id = @id AND message.status = 1
            """,
        LogRest = """
            INSERT INTO clutch_outbox_attempt (channel, submission_id, message_id, at, problem_type, problem_detail)
            SELECT channel, @id, id, @now, @problem_type, @problem_detail
            FROM clutch_outbox_message
            WHERE submission_id = @id AND status = 1
            """,
        SettleLateItems = """
            UPDATE clutch_outbox_message AS message
            SET status = CASE WHEN item.value ->> 'status' IN (3, 5) THEN item.value ->> 'status' ELSE 4 END,
                completed_at = @now,
                failure_kind = CASE WHEN item.value ->> 'status' IN (3, 5) THEN NULL ELSE 0 END
            FROM json_each(@items) AS item
            WHERE message.id = item.value ->> 'id' AND message.submission_id = @id AND message.status = 4 AND message.failure_kind = 2
            """,
        SettleLateRest = """
            UPDATE clutch_outbox_message
            SET status = @status, completed_at = @now, failure_kind = NULL
            WHERE channel = @channel AND submission_id = @id AND status = 4 AND failure_kind = 2
            """,
        KnownMembers = """
            SELECT id FROM clutch_outbox_message WHERE id IN (SELECT value FROM json_each(@ids)) AND submission_id = @id
            UNION
            SELECT message_id FROM clutch_outbox_attempt WHERE submission_id = @id AND message_id IN (SELECT value FROM json_each(@ids))
            """,
        FormPart = """
            INSERT INTO clutch_outbox_submission (channel, group_name, idempotency_key, state, fence, due_at, attempts, base_attempts, item_count, split_depth, origin_id, created_at)
            SELECT
                channel, group_name, @key, 0, 0, @now, 0, base_attempts + @past_attempts, @item_count, split_depth + 1,
                CASE WHEN @refuses_content = 1 THEN coalesce(origin_id, id) ELSE origin_id END, @now
            FROM clutch_outbox_submission
            WHERE id = @id;

            UPDATE clutch_outbox_message
            SET submission_id = (SELECT id FROM clutch_outbox_submission WHERE idempotency_key = @key), attempts = attempts + @past_attempts
            WHERE id IN (SELECT value FROM json_each(@members)) AND submission_id = @id AND status = 1
            """,
        HoldGroup = """
            INSERT INTO clutch_outbox_group (channel, group_name, held_until)
            VALUES (@channel, @group, @now + @rest)
            ON CONFLICT (channel, group_name) DO UPDATE SET held_until = excluded.held_until
            """,
        Fault = """
            INSERT INTO clutch_outbox_channel AS known (channel, fault_at, fault_until, fault_type, fault_detail)
            VALUES (@channel, @now, @now + @rest, @problem_type, @problem_detail)
            ON CONFLICT (channel) DO UPDATE
            SET fault_at = coalesce(known.fault_at, excluded.fault_at), fault_until = excluded.fault_until, fault_type = excluded.fault_type, fault_detail = excluded.fault_detail
            """,
        ExpireMessages = Fail("channel = @channel AND status = 0 AND expires_at <= @now"),
        CancelMessages = Fail(MessageFilters.Waiting),
        SelectDone = """
            SELECT id
            FROM clutch_outbox_message
            WHERE channel = @channel AND status IN (3, 5) AND completed_at < @before
            ORDER BY completed_at
            LIMIT @limit
            """,
        SelectFailed = """
            SELECT id
            FROM clutch_outbox_message
            WHERE channel = @channel AND status = 4 AND acknowledged_at IS NOT NULL AND completed_at < @before
            ORDER BY id
            LIMIT @limit
            """,
        DeleteMessages = """
            DELETE FROM clutch_outbox_body WHERE message_id IN (SELECT value FROM json_each(@ids));

            DELETE FROM clutch_outbox_message WHERE id IN (SELECT value FROM json_each(@ids))
            """,
        SelectRedrive = $"""
            SELECT id
            FROM clutch_outbox_message
            WHERE id > @after AND id <= @max AND {MessageFilters.Failed}
            ORDER BY id
            LIMIT @limit
            """,
        Redrive = $"""
            UPDATE clutch_outbox_message AS message
            SET status = CASE WHEN {MessageFilters.Outdated} THEN 5 ELSE 0 END,
                completed_at = CASE WHEN {MessageFilters.Outdated} THEN @now END,
                submission_id = CASE WHEN {MessageFilters.Outdated} THEN message.submission_id END,
                next_attempt_at = @now + @wait,
                attempts = 0,
                expires_at = NULL, -- that time may be over, and whoever sends it again wants it sent
                redrive_count = message.redrive_count + 1,
                failure_kind = NULL,
                acknowledged_at = NULL
            WHERE id IN (SELECT value FROM json_each(@ids)) AND status = 4
            RETURNING status
            """,
        Now = "SELECT @now",
    };

    // What ends without being sent, with its line in the history.
    private static string Fail(string which) => $"""
        INSERT INTO clutch_outbox_attempt (channel, submission_id, message_id, at, problem_type, problem_detail)
        SELECT channel, submission_id, id, @now, @ended_type, @ended_detail
        FROM clutch_outbox_message
        WHERE {which};

        UPDATE clutch_outbox_message
        SET status = 4, failure_kind = @ended_as, completed_at = @now, problem_type = @ended_type, problem_detail = @ended_detail
        WHERE {which};

        SELECT changes()
        """;

    // Members have all been tried equally often, so that one count holds for all.
    private static string Claim(string gate) => $"""
        INSERT INTO clutch_outbox_submission (channel, group_name, idempotency_key, state, fence, owner, due_at, attempts, base_attempts, item_count, created_at)
        SELECT @channel, @group, @key, 0, 1, @owner, @now + @lease, 1, attempts, 0, @now
        FROM (
            SELECT attempts
            {Ready}{gate}
            ORDER BY next_attempt_at, id
            LIMIT 1);

        UPDATE clutch_outbox_message
        SET status = 1, submission_id = (SELECT id FROM clutch_outbox_submission WHERE idempotency_key = @key)
        WHERE id IN (
            SELECT id
            FROM (
                SELECT
                    id, attempts, sum(size_bytes) OVER place AS running_bytes, first_value(attempts) OVER place AS first_attempts, row_number() OVER place AS number
                FROM (
                    SELECT id, attempts, size_bytes, next_attempt_at
                    {Ready}{gate}
                    ORDER BY next_attempt_at, id
                    LIMIT @limit)
                WINDOW place AS (ORDER BY next_attempt_at, id))
            WHERE attempts = first_attempts AND (running_bytes <= @max_bytes OR number = 1));

        UPDATE clutch_outbox_submission SET item_count = changes() WHERE idempotency_key = @key;

        SELECT {Columns}, submission.previous_owner, submission.lost_leases, message.id, message.key, message.version, message.type, message.trace_parent, body.payload
        FROM clutch_outbox_submission AS submission
        JOIN clutch_outbox_message AS message ON message.submission_id = submission.id AND message.status = 1
        JOIN clutch_outbox_body AS body ON body.message_id = message.id
        WHERE submission.idempotency_key = @key
        ORDER BY message.id
        """;
}
