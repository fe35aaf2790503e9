namespace Clutch.Outbox.Storage;

/// <summary>The outbox on PostgreSQL. Claims pass over rows that others are just claiming.</summary>
internal static class PostgreSqlStatements
{
    // Duplicates are told by the unique key. Older versions of channels where the latest wins are superseded while nobody has claimed them (T12). Nothing is joined with what
    // was inserted just now: the planner knows nothing of it and would compare each row with each.
    public const string Enqueue = """
        WITH input AS MATERIALIZED (
            SELECT nextval('clutch_outbox_message_id') AS id, row.*
            FROM unnest(
                @channels::text[], @groups::text[], @keys::text[], @versions::bigint[], @types::text[], @bodies::bytea[], @statuses::bigint[], @latest_wins::bigint[],
                @not_before::bigint[], @expires_at::bigint[], @trace_parents::text[])
                AS row (channel, group_name, key, version, type, payload, status, latest_wins, not_before, expires_at, trace_parent)),
        known_groups AS (
            INSERT INTO clutch_outbox_group (channel, group_name)
            SELECT DISTINCT channel, group_name FROM input ORDER BY channel, group_name
            ON CONFLICT DO NOTHING),
        added AS (
            INSERT INTO clutch_outbox_message (
                id, channel, group_name, key, version, type, status, size_bytes, next_attempt_at, created_at, expires_at, completed_at, trace_parent)
            SELECT
                id, channel, group_name, key, version, type, status, octet_length(payload),
                CASE WHEN not_before = 0 THEN now() ELSE to_timestamp(not_before / 1000.0) END, clock_timestamp(),
                CASE WHEN expires_at = 0 THEN NULL ELSE to_timestamp(expires_at / 1000.0) END, CASE WHEN status = 5 THEN clock_timestamp() END, trace_parent
            FROM input
            ON CONFLICT DO NOTHING
            RETURNING status),
        bodies AS (
            INSERT INTO clutch_outbox_body (message_id, payload)
            SELECT id, payload FROM input),
        coalesced AS (
            UPDATE clutch_outbox_message AS older
            SET status = 5, completed_at = clock_timestamp()
            FROM input
            WHERE input.latest_wins = 1 AND input.status = 0
                AND older.channel = input.channel AND older.group_name = input.group_name AND older.key = input.key AND older.version < input.version
                AND older.status < 1 -- as '= 0' it would invite the index of all that waits in the group, and one probe would read it whole
            RETURNING older.id)
        SELECT
            (SELECT count(*) FROM added), (SELECT count(*) FROM coalesced) + (SELECT count(*) FROM added WHERE status = 5),
            (SELECT min(id) FROM input), (SELECT max(id) FROM input)
        """;

    // The payloads of duplicates: among the numbers just taken, those without a message.
    public const string DeleteOrphans = """
        DELETE FROM clutch_outbox_body AS body
        WHERE message_id BETWEEN @first AND @last AND NOT EXISTS (SELECT 1 FROM clutch_outbox_message AS message WHERE message.id = body.message_id)
        """;

    private const string NotStopped = """
        NOT EXISTS (
            SELECT 1 FROM clutch_outbox_channel AS stopped WHERE stopped.channel = @channel AND (stopped.paused_at IS NOT NULL OR stopped.fault_until > now()))
        """;

    // Of "submission": to be sent again, and neither stopped nor resting.
    private const string DueAgain = $"""
        submission.channel = @channel AND submission.state = 0 AND submission.due_at <= now()
            AND {NotStopped}
            AND NOT EXISTS (
                SELECT 1
                FROM clutch_outbox_group AS resting
                WHERE resting.channel = submission.channel AND resting.group_name = submission.group_name
                    AND (resting.paused_at IS NOT NULL OR resting.held_until > now()))
        """;

    private const string ClaimColumns = "group_name, idempotency_key, fence, state, attempts, base_attempts, item_count, split_depth, rounds, refusals";

    // MATERIALIZED is needed: without it a nested loop may lock more rows than LIMIT says. Members have all been tried equally often, so that one count holds for all.
    private const string Form = $$"""
            ORDER BY next_attempt_at, id
            LIMIT @limit
            FOR UPDATE SKIP LOCKED),
        chosen AS MATERIALIZED (
            SELECT id, attempts
            FROM (
                SELECT
                    id, attempts, sum(size_bytes) OVER place AS running_bytes, first_value(attempts) OVER place AS first_attempts, row_number() OVER place AS number
                FROM picked
                WINDOW place AS (ORDER BY next_attempt_at, id)) AS ranked
            WHERE attempts = first_attempts AND (running_bytes <= @max_bytes OR number = 1)),
        formed AS (
            INSERT INTO clutch_outbox_submission (channel, group_name, idempotency_key, state, fence, owner, due_at, attempts, base_attempts, item_count, created_at)
            SELECT @channel, @group, @key, 0, 1, @owner, clock_timestamp() + @lease, 1, max(attempts), count(*), clock_timestamp()
            FROM chosen
            HAVING count(*) > 0
            RETURNING id, {{ClaimColumns}}),
        members AS (
            UPDATE clutch_outbox_message AS message
            SET status = 1, submission_id = (SELECT id FROM formed)
            FROM chosen
            WHERE message.id = chosen.id
            RETURNING message.id, message.key, message.version, message.type, message.trace_parent)
        SELECT formed.*, NULL::text AS previous_owner, 0 AS lost_leases, members.*, body.payload
        FROM formed
        CROSS JOIN members
        JOIN clutch_outbox_body AS body ON body.message_id = members.id
        ORDER BY members.id
        """;

    private const string Ready = $"""
        WITH picked AS MATERIALIZED (
            SELECT id, attempts, size_bytes, next_attempt_at
            FROM clutch_outbox_message AS message
            WHERE channel = @channel AND group_name = @group AND status = 0 AND next_attempt_at <= now() AND (expires_at IS NULL OR expires_at > now())
                AND {NotStopped}
                AND NOT EXISTS (
                    SELECT 1
                    FROM clutch_outbox_group AS resting
                    WHERE resting.channel = @channel AND resting.group_name = @group AND (resting.paused_at IS NOT NULL OR resting.held_until > now()))
        """;

    // A value and not NOT EXISTS, which the planner turns into a join with the whole table: one probe of the unique index for each row that is picked.
    private const string Gate = """

                AND (
                    SELECT 1
                    FROM clutch_outbox_message AS older
                    WHERE older.channel = message.channel AND older.group_name = message.group_name AND older.key = message.key AND older.version < message.version
                        AND older.status IN (0, 1) AND (older.status = 1 OR older.expires_at IS NULL OR older.expires_at > now())
                    LIMIT 1) IS NULL

        """;

    public static OutboxStatements Statements { get; } = new()
    {
        ReadyGroups = $"""
            SELECT known.group_name
            FROM clutch_outbox_group AS known
            WHERE known.channel = @channel AND known.paused_at IS NULL AND (known.held_until IS NULL OR known.held_until <= now())
                AND {NotStopped}
                AND (
                    EXISTS (
                        SELECT 1
                        FROM clutch_outbox_message AS message
                        WHERE message.channel = known.channel AND message.group_name = known.group_name AND message.status = 0 AND message.next_attempt_at <= now()
                            AND message.created_at <= now() - @linger)
                    OR @linger > interval '0' AND EXISTS (
                        SELECT 1
                        FROM clutch_outbox_message AS message
                        WHERE message.channel = known.channel AND message.group_name = known.group_name AND message.status = 0 AND message.next_attempt_at <= now()
                        OFFSET @limit - 1))
            ORDER BY known.group_name
            """,
        Claim = $"{Ready}\n{Form}",
        ClaimInOrder = $"{Ready}{Gate}{Form}",
        DueGroups = $"""
            SELECT submission.group_name
            FROM clutch_outbox_submission AS submission
            WHERE {DueAgain}
            GROUP BY submission.group_name
            ORDER BY min(submission.due_at)
            """,
        ClaimDue = $"""
            UPDATE clutch_outbox_submission
            SET fence = fence + 1, previous_owner = owner, owner = @owner, due_at = clock_timestamp() + @lease,
                attempts = attempts + CASE WHEN owner IS NULL THEN 1 ELSE 0 END,
                lost_leases = lost_leases + CASE WHEN owner IS NULL THEN 0 ELSE 1 END
            WHERE id = (
                SELECT id
                FROM clutch_outbox_submission AS submission
                WHERE submission.group_name = @group AND {DueAgain}
                ORDER BY due_at
                LIMIT 1
                FOR UPDATE SKIP LOCKED)
            RETURNING id::text
            """,
        Renew = """
            UPDATE clutch_outbox_submission AS submission
            SET due_at = clock_timestamp() + @lease
            FROM json_to_recordset(@items::json) AS item (id bigint, fence bigint)
            WHERE submission.id = item.id AND submission.fence = item.fence AND submission.state <> 2 AND submission.owner = @owner
            RETURNING submission.id
            """,
        ClaimOperations = """
            WITH due AS MATERIALIZED (
                SELECT id
                FROM clutch_outbox_submission
                WHERE channel = @channel AND state IN (1, 3) AND due_at <= now()
                ORDER BY due_at
                LIMIT @limit
                FOR UPDATE SKIP LOCKED)
            UPDATE clutch_outbox_submission AS submission
            SET fence = fence + 1, owner = @owner, due_at = clock_timestamp() + @lease
            FROM due
            WHERE submission.id = due.id
            RETURNING
                submission.id, group_name, idempotency_key, fence, state, attempts, base_attempts, item_count, split_depth, rounds, poll_count, is_thinned,
                extract(epoch FROM clock_timestamp() - submitted_at)::double precision, correlation_id, status_url
            """,
        Reschedule = """
            UPDATE clutch_outbox_submission AS submission
            SET owner = NULL, due_at = clock_timestamp() + item.due_ms * interval '1 millisecond', poll_count = poll_count + item.polls
            FROM json_to_recordset(@items::json) AS item (id bigint, fence bigint, due_ms bigint, polls integer)
            WHERE submission.id = item.id AND submission.fence = item.fence AND submission.state IN (1, 3)
            """,
        NextOperation = """
            SELECT greatest(0, extract(epoch FROM min(due_at) - clock_timestamp()))::double precision
            FROM clutch_outbox_submission
            WHERE channel = @channel AND state IN (1, 3)
            HAVING count(*) > 0
            """,
        Hold = """
            UPDATE clutch_outbox_submission
            SET state = @state,
                owner = NULL,
                due_at = CASE WHEN @state = 2 THEN NULL ELSE clock_timestamp() + @due_in END,
                attempts = @attempts,
                rounds = @rounds,
                refusals = @refusals,
                correlation_id = coalesce(@correlation_id, correlation_id),
                status_url = CASE WHEN @correlation_id IS NULL THEN status_url ELSE @status_url END,
                submitted_at = CASE WHEN @is_taken = 1 THEN clock_timestamp() ELSE submitted_at END,
                refused_at = CASE WHEN @refuses_content = 1 AND item_count = 1 THEN coalesce(refused_at, clock_timestamp()) ELSE refused_at END,
                poll_count = CASE WHEN @state = 1 AND @correlation_id IS NULL THEN poll_count + 1 ELSE 0 END,
                is_thinned = is_thinned OR @thins = 1,
                closed_at = CASE WHEN @state = 2 THEN clock_timestamp() END
            WHERE id = @id AND (fence = @fence AND state = @from OR @unfenced = 1)
            """,
        OldestMember = """
            SELECT extract(epoch FROM clock_timestamp() - min(created_at))::double precision
            FROM clutch_outbox_message
            WHERE submission_id = @id AND status = 1
            HAVING count(*) > 0
            """,
        Log = """
            INSERT INTO clutch_outbox_attempt (channel, submission_id, at, problem_type, problem_detail)
            VALUES (@channel, @id, clock_timestamp(), @problem_type, @problem_detail)
            """,
        LogItems = """
            INSERT INTO clutch_outbox_attempt (channel, submission_id, message_id, at, problem_type, problem_detail)
            SELECT message.channel, @id, message.id, clock_timestamp(), coalesce(item.problem_type, 'unknown'), item.problem_detail
            FROM json_to_recordset(@items::json) AS item (id bigint, status smallint, problem_type text, problem_detail text)
            JOIN clutch_outbox_message AS message ON message.id = item.id AND message.submission_id = @id AND message.status = 1
            WHERE item.status IN (0, 4)
            """,
        SettleItems = $$"""
            UPDATE clutch_outbox_message AS message
            SET status = CASE WHEN item.status = 0 AND {{Overtaken}} THEN 5 ELSE item.status END,
                completed_at = CASE WHEN item.status = 0 AND NOT {{Overtaken}} THEN NULL ELSE clock_timestamp() END,
                submission_id = CASE WHEN item.status = 0 THEN NULL ELSE message.submission_id END,
                attempts = message.attempts + @attempts,
                next_attempt_at = CASE WHEN item.status = 0 THEN clock_timestamp() + item.due_ms * interval '1 millisecond' ELSE message.next_attempt_at END,
                failure_kind = item.failure_kind,
                problem_type = item.problem_type,
                problem_detail = item.problem_detail
            FROM json_to_recordset(@items::json) AS item (id bigint, status smallint, failure_kind smallint, problem_type text, problem_detail text, due_ms bigint)
            WHERE message.id = item.id AND message.submission_id = @id AND message.status = 1
            """,
        SettleRest = $$"""
            UPDATE clutch_outbox_message AS message
            SET status = CASE WHEN @status = 0 AND {{Overtaken}} THEN 5 ELSE @status END,
                completed_at = CASE WHEN @status = 0 AND NOT {{Overtaken}} THEN NULL ELSE clock_timestamp() END,
                submission_id = CASE WHEN @status = 0 THEN NULL ELSE message.submission_id END,
                attempts = message.attempts + @attempts,
                next_attempt_at = CASE WHEN @status = 0 THEN clock_timestamp() + @retry_in ELSE message.next_attempt_at END,
                failure_kind = @failure_kind,
                problem_type = @problem_type,
                problem_detail = @problem_detail
            WHERE message.submission_id = @id AND message.status = 1
            """,
        LogRest = """
            INSERT INTO clutch_outbox_attempt (channel, submission_id, message_id, at, problem_type, problem_detail)
            SELECT channel, @id, id, clock_timestamp(), @problem_type, @problem_detail
            FROM clutch_outbox_message
            WHERE submission_id = @id AND status = 1
            """,
        SettleLateItems = """
            UPDATE clutch_outbox_message AS message
            SET status = CASE WHEN item.status IN (3, 5) THEN item.status ELSE 4 END,
                completed_at = clock_timestamp(),
                failure_kind = CASE WHEN item.status IN (3, 5) THEN NULL ELSE 0 END
            FROM json_to_recordset(@items::json) AS item (id bigint, status smallint)
            WHERE message.id = item.id AND message.submission_id = @id AND message.status = 4 AND message.failure_kind = 2
            """,
        SettleLateRest = """
            UPDATE clutch_outbox_message
            SET status = @status, completed_at = clock_timestamp(), failure_kind = NULL
            WHERE channel = @channel AND submission_id = @id AND status = 4 AND failure_kind = 2
            """,
        KnownMembers = """
            SELECT id FROM clutch_outbox_message WHERE id = ANY(@ids) AND submission_id = @id
            UNION
            SELECT message_id FROM clutch_outbox_attempt WHERE submission_id = @id AND message_id = ANY(@ids)
            """,
        FormPart = """
            WITH part AS (
                INSERT INTO clutch_outbox_submission (channel, group_name, idempotency_key, state, fence, due_at, attempts, base_attempts, item_count, split_depth, origin_id, created_at)
                SELECT
                    channel, group_name, @key, 0, 0, clock_timestamp(), 0, base_attempts + @past_attempts, @item_count, split_depth + 1,
                    CASE WHEN @refuses_content = 1 THEN coalesce(origin_id, id) ELSE origin_id END, clock_timestamp()
                FROM clutch_outbox_submission
                WHERE id = @id
                RETURNING id)
            UPDATE clutch_outbox_message
            SET submission_id = (SELECT id FROM part), attempts = attempts + @past_attempts
            WHERE id = ANY (@members) AND submission_id = @id AND status = 1
            """,
        HoldGroup = """
            INSERT INTO clutch_outbox_group (channel, group_name, held_until)
            VALUES (@channel, @group, clock_timestamp() + @rest)
            ON CONFLICT (channel, group_name) DO UPDATE SET held_until = excluded.held_until
            """,
        Fault = """
            INSERT INTO clutch_outbox_channel AS known (channel, fault_at, fault_until, fault_type, fault_detail)
            VALUES (@channel, clock_timestamp(), clock_timestamp() + @rest, @problem_type, @problem_detail)
            ON CONFLICT (channel) DO UPDATE
            SET fault_at = coalesce(known.fault_at, excluded.fault_at), fault_until = excluded.fault_until, fault_type = excluded.fault_type, fault_detail = excluded.fault_detail
            """,
        ExpireMessages = Fail("channel = @channel AND status = 0 AND expires_at <= now()"),
        CancelMessages = Fail(MessageFilters.Waiting),
        SelectDone = """
            SELECT id
            FROM clutch_outbox_message
            WHERE channel = @channel AND status IN (3, 5) AND completed_at < @before
            ORDER BY completed_at
            LIMIT @limit
            FOR UPDATE SKIP LOCKED
            """,
        SelectFailed = """
            SELECT id
            FROM clutch_outbox_message
            WHERE channel = @channel AND status = 4 AND acknowledged_at IS NOT NULL AND completed_at < @before
            ORDER BY id
            LIMIT @limit
            FOR UPDATE SKIP LOCKED
            """,
        DeleteMessages = """
            DELETE FROM clutch_outbox_body WHERE message_id = ANY (@ids);

            DELETE FROM clutch_outbox_message WHERE id = ANY (@ids)
            """,
        SelectRedrive = $"""
            SELECT id
            FROM clutch_outbox_message
            WHERE id > @after AND id <= @max AND {MessageFilters.Failed}
            ORDER BY id
            LIMIT @limit
            FOR UPDATE
            """,
        Redrive = $"""
            UPDATE clutch_outbox_message AS message
            SET status = CASE WHEN {MessageFilters.Outdated} THEN 5 ELSE 0 END,
                completed_at = CASE WHEN {MessageFilters.Outdated} THEN clock_timestamp() END,
                submission_id = CASE WHEN {MessageFilters.Outdated} THEN message.submission_id END,
                next_attempt_at = clock_timestamp() + @wait,
                attempts = 0,
                expires_at = NULL, -- that time may be over, and whoever sends it again wants it sent
                redrive_count = message.redrive_count + 1,
                failure_kind = NULL,
                acknowledged_at = NULL
            WHERE id = ANY (@ids) AND status = 4
            RETURNING status
            """,
        OldestTransaction = """
            SELECT coalesce(extract(epoch FROM max(clock_timestamp() - xact_start)), 0)::double precision
            FROM pg_stat_activity
            WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
            """,
        Now = "SELECT clock_timestamp()",
    };

    // What ends without being sent, with its line in the history.
    private static string Fail(string which) => $"""
        WITH ended AS (
            UPDATE clutch_outbox_message
            SET status = 4, failure_kind = @ended_as, completed_at = clock_timestamp(), problem_type = @ended_type, problem_detail = @ended_detail
            WHERE {which}
            RETURNING id, channel, submission_id),
        logged AS (
            INSERT INTO clutch_outbox_attempt (channel, submission_id, message_id, at, problem_type, problem_detail)
            SELECT channel, submission_id, id, clock_timestamp(), @ended_type, @ended_detail
            FROM ended)
        SELECT count(*) FROM ended
        """;

    // T8 where the latest wins: there is a newer version, so this one is not worth another attempt.
    private const string Overtaken = """
        (@latest_wins = 1 AND EXISTS (
                    SELECT 1
                    FROM clutch_outbox_message AS newer
                    WHERE newer.channel = message.channel AND newer.group_name = message.group_name AND newer.key = message.key AND newer.version > message.version
                        AND newer.status IN (0, 1, 3)))
        """;
}
