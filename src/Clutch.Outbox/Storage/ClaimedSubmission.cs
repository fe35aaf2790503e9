using System.Data.Common;
using Clutch.Outbox.Operations;
using Clutch.Outbox.Protocol;
using Clutch.Outbox.Submitting;

namespace Clutch.Outbox.Storage;

/// <summary>A submission leased for sending.</summary>
/// <param name="Facts">Its standing under this lease.</param>
/// <param name="Submission">What is to be sent.</param>
/// <param name="PreviousOwner">Whose lease ran out before, or null.</param>
internal sealed record ClaimedSubmission(SubmissionFacts Facts, Submission Submission, string? PreviousOwner)
{
    /// <summary>The column of the instant when it was formed, of one that is sent again.</summary>
    public const int CreatedAt = 19;

    public static async ValueTask<ClaimedSubmission?> ReadAsync(string channel, DbDataReader rows, Func<DbDataReader, TimeSpan> ageOf, CancellationToken cancellationToken)
    {
        if (!await rows.ReadAsync(cancellationToken))
            return null;
        var facts = new SubmissionFacts
        {
            Id = rows.GetInt64(0),
            Fence = rows.GetInt64(3),
            State = (SubmissionState)rows.GetInt32(4),
            Attempts = rows.GetInt32(5),
            BaseAttempts = rows.GetInt32(6),
            ItemCount = rows.GetInt32(7),
            SplitDepth = rows.GetInt32(8),
            Rounds = rows.GetInt32(9),
            Refusals = rows.GetInt32(10),
            LostLeases = rows.GetInt32(12),
            SinceFormed = ageOf(rows),
        };
        var (group, key, previous) = (rows.GetString(1), rows.GetString(2), rows.IsDBNull(11) ? null : rows.GetString(11));
        var items = new List<SubmissionItem>(facts.ItemCount);
        do
        {
            items.Add(ReadItem(rows));
        }
        while (await rows.ReadAsync(cancellationToken));
        var submission = new Submission { Id = facts.Id, IdempotencyKey = key, Channel = channel, Group = group, Attempt = facts.Sendings, Items = items };
        return new(facts, submission, previous);
    }

    private static SubmissionItem ReadItem(DbDataReader row) => new()
    {
        MessageId = row.GetInt64(13),
        Key = row.GetString(14),
        Version = row.GetInt64(15),
        Type = row.GetString(16),
        TraceParent = row.IsDBNull(17) ? null : row.GetString(17),
        Body = row.GetFieldValue<byte[]>(18),
    };
}

/// <summary>An operation leased for asking.</summary>
internal sealed record ClaimedOperation(SubmissionFacts Facts, OperationHandle Operation, string Group)
{
    public static ClaimedOperation Read(DbDataReader row) => new(
        new()
        {
            Id = row.GetInt64(0),
            Fence = row.GetInt64(3),
            State = (SubmissionState)row.GetInt32(4),
            Attempts = row.GetInt32(5),
            BaseAttempts = row.GetInt32(6),
            ItemCount = row.GetInt32(7),
            SplitDepth = row.GetInt32(8),
            Rounds = row.GetInt32(9),
            PollCount = row.GetInt32(10),
            IsThinned = row.GetBoolean(11),
            SinceAccepted = TimeSpan.FromSeconds(Math.Max(0, row.GetDouble(12))),
        },
        new(row.GetString(13), row.IsDBNull(14) ? null : row.GetString(14)),
        row.GetString(1));
}
