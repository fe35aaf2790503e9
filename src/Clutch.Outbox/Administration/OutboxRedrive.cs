using System.Data.Common;
using System.Text.Json;
using Clutch.Outbox.Channels;
using Clutch.Outbox.Faults;
using Clutch.Outbox.Running;
using Clutch.Outbox.Storage;
using Clutch.Outbox.Telemetry;
using Clutch.Relational;

namespace Clutch.Outbox.Administration;

/// <summary>T11 in batches: what a batch did and how far the command has come commit together, so a command that was cut off goes on where it was.</summary>
internal sealed class OutboxRedrive(OutboxStore store, ChannelDirectory channels)
{
    private const int BatchSize = 1_000;

    public async ValueTask<RedriveResult> PreviewAsync(MessageFilter filter, CancellationToken cancellationToken)
    {
        var statement = new Statement(Preview).With(filter).With("latest_wins", LatestWins(filter.Channel));
        return (await store.Database.QueryAsync(statement, Rows.All(static row => new RedriveResult(row.GetInt32(0), row.GetInt32(0) - row.GetInt32(1), row.GetInt32(1))), cancellationToken))[0];
    }

    public async ValueTask<RedriveResult> RunAsync(Redrive redrive, CancellationToken cancellationToken)
    {
        await EnterAsync(redrive, cancellationToken);
        while (true)
        {
            await using var session = await store.Database.OpenSessionAsync(cancellationToken);
            await session.BeginAsync(cancellationToken);
            var before = (await session.RunAsync(On(Lock, redrive), Rows.First(Progress.Read), cancellationToken))!;
            Check(redrive, before);
            if (before.HasEnded)
                return before.Result;
            var progress = await RedriveBatchAsync(session, redrive, before, cancellationToken);
            store.Faults?.Reach(OutboxFaultPoints.InsideRedrive);
            await session.CommitAsync(cancellationToken);
            Observe(redrive.Filter.Channel, before.Result, progress.Result);
            if (progress.HasEnded)
                return progress.Result;
        }
    }

    // Gone on under another filter, it would have sent a part of each and neither as a whole. Commands from before filters were kept go on as they are given.
    private static void Check(Redrive redrive, Progress progress)
    {
        if (progress.Filter is { } first && first != FilterOf(redrive))
            throw new ArgumentException($"Command '{redrive.CommandId}' was given before with another filter: {first}. Give this one a CommandId of its own.", nameof(redrive));
    }

    // The status is no part of it: a re-drive is of failed messages.
    private static string FilterOf(Redrive redrive) => JsonSerializer.Serialize(redrive.Filter with { Status = null }, OutboxJson.Default.MessageFilter);

    // Batch by batch: a command that is given again must not be counted again.
    private static void Observe(string channel, RedriveResult before, RedriveResult after)
    {
        OutboxMetrics.Redriven(channel, after.RedrivenCount - before.RedrivenCount);
        OutboxMetrics.MessagesEnded(channel, nameof(MessageStatus.Superseded), after.SupersededCount - before.SupersededCount);
    }

    private async ValueTask EnterAsync(Redrive redrive, CancellationToken cancellationToken)
    {
        var statement = On(Enter, redrive).With("channel", redrive.Filter.Channel).With("by", redrive.By).With("filter", FilterOf(redrive)).With("at", await store.GetNowAsync(cancellationToken));
        await store.Database.ChangeAsync(statement, Rows.Affected, cancellationToken);
    }

    private async ValueTask<Progress> RedriveBatchAsync(RelationalSession session, Redrive redrive, Progress progress, CancellationToken cancellationToken)
    {
        var limit = redrive.RatePerSecond is { } rate ? (int)Math.Clamp(rate, 1, BatchSize) : BatchSize;
        var select = new Statement(store.Statements.SelectRedrive).With(redrive.Filter).With("after", progress.LastId).With("max", progress.MaxId).With("limit", limit);
        var ids = await session.RunAsync(select, Rows.All(static row => row.GetInt64(0)), cancellationToken);
        // At a rate, each batch becomes due after those before it.
        var wait = redrive.RatePerSecond is { } perSecond ? TimeSpan.FromSeconds(progress.Result.MatchedCount / perSecond) : TimeSpan.Zero;
        var statement = store.On(store.Statements.Redrive, redrive.Filter.Channel).With("ids", ids.ToArray()).With("wait", wait).With("latest_wins", LatestWins(redrive.Filter.Channel));
        var states = ids.Count == 0 ? [] : await session.RunAsync(statement, Rows.All(static row => row.GetInt32(0)), cancellationToken);
        var next = progress.After(ids, states.Count(static state => state == 0), hasEnded: ids.Count < limit);
        var advance = On(Advance, redrive)
            .With("last", next.LastId)
            .With("matched", next.Result.MatchedCount)
            .With("redriven", next.Result.RedrivenCount)
            .With("superseded", next.Result.SupersededCount)
            .With("ended", next.HasEnded ? 1 : 0)
            .With("at", await store.GetNowAsync(cancellationToken));
        await session.RunAsync(advance, Rows.Affected, cancellationToken);
        return next;
    }

    private int LatestWins(string channel) => channels.Knows(channel) && channels.Get(channel).Options.Ordering is Ordering.LatestWins ? 1 : 0;

    private static Statement On(string text, Redrive redrive) => new Statement(text).With("command", redrive.CommandId);

    private const string Preview = $"""
        SELECT
            CAST(count(*) AS integer),
            CAST(coalesce(sum(CASE WHEN {MessageFilters.Outdated} THEN 1 ELSE 0 END), 0) AS integer)
        FROM clutch_outbox_message AS message
        WHERE {MessageFilters.Failed}
        """;

    // What fails after the command is not meant by it.
    private const string Enter = """
        INSERT INTO clutch_outbox_redrive (
            command_id, channel, requested_by, filter, started_at, last_message_id, max_message_id, matched_count, redriven_count, superseded_count)
        SELECT @command, @channel, @by, @filter, @at, 0, coalesce(max(id), 0), 0, 0, 0
        FROM clutch_outbox_message
        WHERE channel = @channel AND status = 4
        ON CONFLICT (command_id) DO NOTHING
        """;

    // The update is the lock: a second run of the same command waits for the first.
    private const string Lock = """
        UPDATE clutch_outbox_redrive
        SET matched_count = matched_count
        WHERE command_id = @command
        RETURNING last_message_id, max_message_id, matched_count, redriven_count, superseded_count, CASE WHEN ended_at IS NULL THEN 0 ELSE 1 END, filter
        """;

    private const string Advance = """
        UPDATE clutch_outbox_redrive
        SET last_message_id = @last,
            matched_count = @matched,
            redriven_count = @redriven,
            superseded_count = @superseded,
            ended_at = CASE WHEN @ended = 1 THEN @at END
        WHERE command_id = @command
        """;

    private sealed record Progress(long LastId, long MaxId, RedriveResult Result, bool HasEnded, string? Filter)
    {
        public static Progress Read(DbDataReader row) =>
            new(row.GetInt64(0), row.GetInt64(1), new(row.GetInt32(2), row.GetInt32(3), row.GetInt32(4)), row.GetInt32(5) == 1, row.IsDBNull(6) ? null : row.GetString(6));

        public Progress After(IReadOnlyList<long> ids, int redrivenCount, bool hasEnded) => this with
        {
            LastId = ids.Count == 0 ? LastId : ids[^1],
            Result = new(Result.MatchedCount + ids.Count, Result.RedrivenCount + redrivenCount, Result.SupersededCount + ids.Count - redrivenCount),
            HasEnded = hasEnded,
        };
    }
}
