using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Clutch.Outbox.Protocol;
using Clutch.Outbox.Telemetry;
using Clutch.Relational;

namespace Clutch.Outbox.Storage;

/// <summary>Stores steps of submissions: each as a whole with all its members, if its fence still holds.</summary>
/// <param name="store">The store.</param>
/// <param name="channel">The channel all of them belong to.</param>
/// <param name="latestWins">Whether a message that would be sent anew is superseded when there is a newer version.</param>
internal sealed class SubmissionSettler(OutboxStore store, string channel, bool latestWins)
{
    private OutboxStatements Statements => store.Statements;

    /// <summary>Stores the steps in one transaction; answers for each whether its fence held. One that did not changes nothing.</summary>
    /// <param name="changes">The steps, each of another submission.</param>
    /// <param name="insidePoint">The fault point before the commit.</param>
    /// <param name="cancellationToken">Cancels before the commit.</param>
    public async ValueTask<StoredChanges> StoreAsync(IReadOnlyList<SubmissionChange> changes, string insidePoint, CancellationToken cancellationToken)
    {
        await using var session = await store.BeginAsync(cancellationToken);
        var stored = new StoredChanges(new bool[changes.Count], [], []);
        for (var i = 0; i < changes.Count; i++)
            stored.Held[i] = await StoreAsync(session, changes[i], stored, cancellationToken);
        store.Faults?.Reach(insidePoint);
        await session.CommitAsync(cancellationToken);
        return stored;
    }

    private async ValueTask<bool> StoreAsync(RelationalSession session, SubmissionChange change, StoredChanges stored, CancellationToken cancellationToken)
    {
        if (await session.RunAsync(Hold(change), Rows.Affected, cancellationToken) == 0)
            return false;
        if (change.To is SubmissionState.Closed && change.PartCount == 0 && OutboxMetrics.MeasuresEndToEnd)
            stored.Ages.AddRange(await session.RunAsync(On(Statements.OldestMember, change), Rows.All(static row => TimeSpan.FromSeconds(row.GetDouble(0))), cancellationToken));
        if (change.Problem is { } problem)
            await session.RunAsync(WithProblem(On(Statements.Log, change), problem), Rows.Affected, cancellationToken);
        if (change.PartCount > 0)
            await SplitAsync(session, change, cancellationToken);
        else if (change.Facts.State is SubmissionState.Expired)
            await SettleLateAsync(session, change, stored, cancellationToken);
        else
            await SettleAsync(session, change, stored, cancellationToken);
        return true;
    }

    private Statement Hold(SubmissionChange change) => On(Statements.Hold, change)
        .With("state", (int)change.To)
        .With("due_in", change.DueIn ?? TimeSpan.Zero)
        .With("attempts", change.Attempts)
        .With("rounds", change.Rounds)
        .With("refusals", change.Refusals)
        .With("is_taken", change.IsTaken ? 1 : 0)
        .With("refuses_content", change.RefusesContent ? 1 : 0)
        .With("correlation_id", change.Operation?.CorrelationId)
        .With("status_url", change.Operation?.StatusUrl)
        .With("thins", change.To is SubmissionState.Submitted && change.Items.Count > 0 ? 1 : 0)
        .With("fence", change.Facts.Fence)
        .With("from", (int)change.Facts.State)
        .With("unfenced", store.Safeguards.HasFence ? 0 : 1);

    private async ValueTask SettleAsync(RelationalSession session, SubmissionChange change, StoredChanges stored, CancellationToken cancellationToken)
    {
        if (change.Items.Count > 0)
        {
            var items = Json(change.Items);
            if (change.Items.Any(static item => item.Fate.To is MessageState.Pending or MessageState.Failed))
                await session.RunAsync(On(Statements.LogItems, change).With("items", items), Rows.Affected, cancellationToken);
            await session.RunAsync(Members(Statements.SettleItems, change).With("items", items), Rows.Affected, cancellationToken);
            stored.Settled.AddRange(change.Items.Select(static item => (item.Fate, 1)));
        }

        if (change.Rest is not { } rest)
            return;
        if (rest.To is MessageState.Pending or MessageState.Failed)
            await session.RunAsync(WithProblem(On(Statements.LogRest, change), rest.Problem ?? new("unknown")), Rows.Affected, cancellationToken);
        var statement = WithProblem(Members(Statements.SettleRest, change), rest.Problem)
            .With("status", (int)rest.To)
            .With("retry_in", rest.RetryIn)
            .With("failure_kind", (int?)rest.Kind);
        stored.Settled.Add((rest, await session.RunAsync(statement, Rows.Affected, cancellationToken)));
    }

    private async ValueTask SettleLateAsync(RelationalSession session, SubmissionChange change, StoredChanges stored, CancellationToken cancellationToken)
    {
        if (change.Items.Count > 0)
            await session.RunAsync(On(Statements.SettleLateItems, change).With("items", Json(change.Items)), Rows.Affected, cancellationToken);
        if (change.Rest is { } rest)
            stored.Settled.Add((rest, await session.RunAsync(On(Statements.SettleLateRest, change).With("status", (int)rest.To), Rows.Affected, cancellationToken)));
    }

    // The members must be the ones that were frozen: they are read under the lock that Hold took.
    private async ValueTask SplitAsync(RelationalSession session, SubmissionChange change, CancellationToken cancellationToken)
    {
        var members = await session.RunAsync(On(Statements.Members, change), Rows.All(static row => row.GetInt64(0)), cancellationToken);
        foreach (var part in members.Chunk((members.Count + change.PartCount - 1) / change.PartCount))
        {
            var statement = On(Statements.FormPart, change)
                .With("key", Guid.CreateVersion7().ToString("D", CultureInfo.InvariantCulture))
                .With("item_count", part.Length)
                .With("past_attempts", change.Facts.PastAttempts)
                .With("refuses_content", change.RefusesContent ? 1 : 0)
                .With("members", part);
            if (await session.RunAsync(statement, Rows.Affected, cancellationToken) < part.Length)
                throw new UnreachableException($"Submission {change.Facts.Id.ToString(CultureInfo.InvariantCulture)} lost members while it was split.");
        }
    }

    private Statement Members(string text, SubmissionChange change) =>
        On(text, change).With("attempts", change.Attempts).With("latest_wins", latestWins ? 1 : 0);

    private Statement On(string text, SubmissionChange change) => store.On(text, channel).With("id", change.Facts.Id);

    private static Statement WithProblem(Statement statement, Problem? problem) =>
        statement.With("problem_type", ProblemText.TypeOf(problem)).With("problem_detail", ProblemText.Of(problem));

    private static string Json(IReadOnlyList<ItemFate> items)
    {
        var settled = new SettledItem[items.Count];
        for (var i = 0; i < settled.Length; i++)
        {
            var (id, fate) = items[i];
            settled[i] = new(id, (int)fate.To, (int?)fate.Kind, ProblemText.TypeOf(fate.Problem), ProblemText.Of(fate.Problem), (long)fate.RetryIn.TotalMilliseconds);
        }

        return JsonSerializer.Serialize(settled, OutboxJson.Default.IReadOnlyListSettledItem);
    }
}

/// <summary>What was stored.</summary>
/// <param name="Held">For each step, whether its fence held.</param>
/// <param name="Settled">What became of how many members.</param>
/// <param name="Ages">How long ago the oldest member of each submission that ended was enqueued, where somebody wants to know.</param>
internal sealed record StoredChanges(bool[] Held, List<(MemberFate Fate, int Count)> Settled, List<TimeSpan> Ages);
