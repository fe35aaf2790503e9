namespace Clutch.Outbox.Storage;

/// <summary>The whole statements of an outbox, as one database writes them. What is the same on both is beside its method.</summary>
/// <remarks>PostgreSQL takes the instant from its own clock; SQLite, which has none, from <c>now</c>.</remarks>
internal sealed record OutboxStatements
{
    /// <summary>Groups that have something due and may be sent.</summary>
    public required string ReadyGroups { get; init; }

    /// <summary>T2: forms a submission of a group's due messages.</summary>
    public required string Claim { get; init; }

    /// <summary>T2 with the gate: no message whose key has an older one that still moves.</summary>
    public required string ClaimInOrder { get; init; }

    /// <summary>Groups with something to be sent again that may be sent, those first whose turn is due longest.</summary>
    public required string DueGroups { get; init; }

    /// <summary>T6: takes a submission of a group that is due to be sent again, or whose sender's lease is over.</summary>
    public required string ClaimDue { get; init; }

    /// <summary>What such a submission carries.</summary>
    public string ReadClaim { get; } = """
        SELECT
            submission.id, submission.group_name, submission.idempotency_key, submission.fence, submission.state, submission.attempts, submission.base_attempts,
            submission.item_count, submission.split_depth, submission.rounds, submission.refusals, submission.previous_owner, submission.lost_leases,
            message.id, message.key, message.version, message.type, message.trace_parent, body.payload, submission.created_at
        FROM clutch_outbox_submission AS submission
        JOIN clutch_outbox_message AS message ON message.submission_id = submission.id AND message.status = 1
        JOIN clutch_outbox_body AS body ON body.message_id = message.id
        WHERE submission.id = @id
        ORDER BY message.id
        """;

    /// <summary>Renews leases that are still held; answers which.</summary>
    public required string Renew { get; init; }

    /// <summary>Takes operations that are due to be asked for.</summary>
    public required string ClaimOperations { get; init; }

    /// <summary>Sets when operations are asked for next.</summary>
    public required string Reschedule { get; init; }

    /// <summary>Seconds until the next operation is due; no row where there is none.</summary>
    public required string NextOperation { get; init; }

    /// <summary>The guard of each change: the submission's own row, if the fence holds.</summary>
    public required string Hold { get; init; }

    /// <summary>How long ago the oldest member of a submission was enqueued, in seconds; nothing where it has none.</summary>
    public required string OldestMember { get; init; }

    /// <summary>Adds to the history: the whole submission.</summary>
    public required string Log { get; init; }

    /// <summary>Adds to the history: single members.</summary>
    public required string LogItems { get; init; }

    /// <summary>What becomes of single members.</summary>
    public required string SettleItems { get; init; }

    /// <summary>What becomes of all other members.</summary>
    public required string SettleRest { get; init; }

    /// <summary>Adds to the history: each member that goes back to be sent anew.</summary>
    public required string LogRest { get; init; }

    /// <summary>T13: single members of an expired submission that the target has after all.</summary>
    public required string SettleLateItems { get; init; }

    /// <summary>T13: all members of such a submission.</summary>
    public required string SettleLateRest { get; init; }

    /// <summary>Which messages are members of a submission, or were before it was accepted: of those its history tells.</summary>
    public required string KnownMembers { get; init; }

    /// <summary>The members of a submission, in order.</summary>
    public string Members { get; } = "SELECT id FROM clutch_outbox_message WHERE submission_id = @id AND status = 1 ORDER BY id";

    /// <summary>Forms one part of a split submission.</summary>
    public required string FormPart { get; init; }

    /// <summary>Lets a group rest.</summary>
    public required string HoldGroup { get; init; }

    /// <summary>Stops a channel for a while, with what a person must repair.</summary>
    public required string Fault { get; init; }

    /// <summary>The channel works again.</summary>
    public string ClearFault { get; } = "UPDATE clutch_outbox_channel SET fault_at = NULL, fault_until = NULL, fault_type = NULL, fault_detail = NULL WHERE channel = @channel AND fault_at IS NOT NULL";

    /// <summary>What the refusal of a submission of one message is worth, as a number: since its request was refused as a whole, or since so many such submissions were refused in a row, has the target accepted anything?</summary>
    public string JudgeRefusal { get; } = """
        WITH refused AS (
            SELECT
                one.id, one.channel, one.origin_id,
                CASE
                    WHEN one.origin_id IS NOT NULL THEN coalesce(origin.closed_at, one.created_at)
                    ELSE coalesce(
                        (SELECT fault_at FROM clutch_outbox_channel AS known WHERE known.channel = one.channel AND known.fault_type = @all_refused),
                        (
                            SELECT other.refused_at
                            FROM clutch_outbox_submission AS other
                            WHERE other.channel = one.channel AND other.refused_at IS NOT NULL AND other.origin_id IS NULL AND other.id <> one.id
                            ORDER BY other.refused_at DESC
                            LIMIT 1 OFFSET @most - 1))
                END AS since
            FROM clutch_outbox_submission AS one
            LEFT JOIN clutch_outbox_submission AS origin ON origin.id = one.origin_id
            WHERE one.id = @id)
        SELECT CASE
            WHEN since IS NULL THEN 0
            WHEN EXISTS (SELECT 1 FROM clutch_outbox_channel AS known WHERE known.channel = refused.channel AND known.resumed_at >= since) THEN 0
            WHEN EXISTS (SELECT 1 FROM clutch_outbox_submission AS taken WHERE taken.channel = refused.channel AND taken.state IN (1, 3) AND taken.submitted_at >= since) THEN 0
            WHEN EXISTS (
                SELECT 1
                FROM clutch_outbox_submission AS taken
                WHERE taken.channel = refused.channel AND taken.state = 2 AND taken.closed_at >= since AND taken.submitted_at >= since) THEN 0
            WHEN EXISTS (
                SELECT 1
                FROM clutch_outbox_submission AS part
                WHERE part.origin_id = refused.origin_id AND part.state = 0 AND part.refused_at IS NULL AND part.id <> refused.id) THEN 1
            ELSE 2
        END
        FROM refused
        """;

    /// <summary>Fails what was not sent in time; answers how many.</summary>
    public required string ExpireMessages { get; init; }

    /// <summary>Fails what an operator's filter names and waits; answers how many.</summary>
    public required string CancelMessages { get; init; }

    /// <summary>Messages to delete, locked: synced and superseded ones that ended before an instant.</summary>
    public required string SelectDone { get; init; }

    /// <summary>Messages to delete, locked: failed ones that were acknowledged and ended before an instant.</summary>
    public required string SelectFailed { get; init; }

    /// <summary>Deletes payloads and messages.</summary>
    public required string DeleteMessages { get; init; }

    /// <summary>Deletes a batch of the history.</summary>
    public string DeleteAttempts { get; } = """
        DELETE FROM clutch_outbox_attempt
        WHERE id IN (SELECT id FROM clutch_outbox_attempt WHERE channel = @channel AND at < @before ORDER BY at LIMIT @limit)
        """;

    /// <summary>Deletes a batch of submissions that ended, but for those that a failed message names: whoever looks after it wants to know the key and the operation.</summary>
    public string DeleteSubmissions { get; } = """
        DELETE FROM clutch_outbox_submission
        WHERE id IN (
            SELECT id
            FROM clutch_outbox_submission AS ended
            WHERE channel = @channel AND state = 2 AND closed_at < @before
                AND NOT EXISTS (SELECT 1 FROM clutch_outbox_message AS message WHERE message.submission_id = ended.id AND message.status = 4)
            ORDER BY closed_at
            LIMIT @limit)
        """;

    /// <summary>Failed messages after the last one that a re-drive dealt with, locked.</summary>
    public required string SelectRedrive { get; init; }

    /// <summary>T11 for such messages: they go back, or are superseded by a newer version; answers their new status.</summary>
    public required string Redrive { get; init; }

    /// <summary>Seconds since the oldest transaction of the database began: an old one keeps dead rows from being cleaned up, and claims grow slower from minute to minute. Null where the database has no such trouble.</summary>
    public string? OldestTransaction { get; init; }

    /// <summary>The database's clock.</summary>
    public required string Now { get; init; }
}
