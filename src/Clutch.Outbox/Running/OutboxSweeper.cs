using Clutch.Outbox.Administration;
using Clutch.Outbox.Faults;
using Clutch.Outbox.Protocol;
using Clutch.Outbox.Storage;
using Clutch.Outbox.Telemetry;
using Clutch.Relational;
using Microsoft.Extensions.Logging;

namespace Clutch.Outbox.Running;

/// <summary>Fails what was not sent in time and deletes what ended long ago, in batches. What failed stays until an operator has acknowledged it.</summary>
public sealed class OutboxSweeper
{
    private static readonly MemberFate NotSentInTime = new(MessageState.Failed, FailureKind.Expired, new("not-sent-in-time", null, "It was not sent before its expiry."));

    private readonly OutboxStore _store;
    private readonly ChannelDirectory _channels;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger<OutboxSweeper> _logger;

    internal OutboxSweeper(OutboxStore store, ChannelDirectory channels, TimeProvider timeProvider, ILogger<OutboxSweeper> logger)
    {
        _store = store;
        _channels = channels;
        _timeProvider = timeProvider;
        _logger = logger;
    }

    /// <summary>Sweeps until cancelled.</summary>
    /// <exception cref="ArgumentException">There is no such channel.</exception>
    public async Task RunAsync(string channel, CancellationToken cancellationToken)
    {
        while (true)
        {
            await TrySweepAsync(channel, cancellationToken);
            await Task.Delay(_channels.Get(channel).Options.Retention.Interval, _timeProvider, cancellationToken);
        }
    }

    /// <summary>Sweeps once where the database lets it: what stays is swept the next time.</summary>
    /// <exception cref="ArgumentException">There is no such channel.</exception>
    internal async Task TrySweepAsync(string channel, CancellationToken cancellationToken)
    {
        try
        {
            await SweepAsync(channel, cancellationToken);
            if (OutboxMetrics.IsWatched)
                await ObserveAsync(channel, cancellationToken);
        }
        catch (Exception fault) when (_store.IsTransient(fault))
        {
            _logger.WorkFailed("Sweeping", channel, fault);
        }
    }

    /// <summary>Sweeps once; answers how many messages were deleted.</summary>
    /// <exception cref="ArgumentException">There is no such channel.</exception>
    public async Task<int> SweepAsync(string channel, CancellationToken cancellationToken)
    {
        var retention = _channels.Get(channel).Options.Retention;
        StoredChangesReport.Report(channel, NotSentInTime, await _store.ExpireMessagesAsync(channel, NotSentInTime, cancellationToken), _logger);
        var now = await _store.GetNowAsync(cancellationToken);
        var deleted = await DeleteMessagesAsync(_store.Statements.SelectDone, channel, now - retention.Done, retention.BatchSize, cancellationToken)
            + await DeleteMessagesAsync(_store.Statements.SelectFailed, channel, now - retention.Failed, retention.BatchSize, cancellationToken);
        await DeleteAsync(_store.Statements.DeleteAttempts, channel, now - retention.Attempts, retention.BatchSize, cancellationToken);
        // A submission may be asked for as long as one of its messages is kept.
        var longest = retention.Failed > retention.Done ? retention.Failed : retention.Done;
        await DeleteAsync(_store.Statements.DeleteSubmissions, channel, now - longest, retention.BatchSize, cancellationToken);
        if (deleted > 0)
            _logger.Swept(deleted, channel);
        return deleted;
    }

    private async ValueTask ObserveAsync(string channel, CancellationToken cancellationToken)
    {
        OutboxMetrics.Stands(await new OutboxReports(_store).GetStatisticsAsync(channel, cancellationToken));
        if (await _store.FindOldestTransactionAsync(cancellationToken) is { } age)
            OutboxMetrics.OldestTransaction(channel, age);
    }

    private async ValueTask<int> DeleteMessagesAsync(string select, string channel, DateTimeOffset before, int batchSize, CancellationToken cancellationToken)
    {
        for (var total = 0; ;)
        {
            var startedAt = _timeProvider.GetTimestamp();
            var count = await DeleteBatchAsync(select, channel, before, batchSize, cancellationToken);
            total += count;
            if (count < batchSize)
                return total;
            await PauseAsync(startedAt, cancellationToken);
        }
    }

    private async ValueTask<int> DeleteBatchAsync(string select, string channel, DateTimeOffset before, int batchSize, CancellationToken cancellationToken)
    {
        await using var session = await _store.Database.OpenSessionAsync(cancellationToken);
        await session.BeginAsync(cancellationToken);
        var found = new Statement(select).With("channel", channel).With("before", before).With("limit", batchSize);
        var ids = await session.RunAsync(found, Rows.All(static row => row.GetInt64(0)), cancellationToken);
        if (ids.Count == 0)
            return 0;
        await session.RunAsync(new Statement(_store.Statements.DeleteMessages).With("ids", ids.ToArray()), Rows.Affected, cancellationToken);
        _store.Faults?.Reach(OutboxFaultPoints.InsideRetention);
        await session.CommitAsync(cancellationToken);
        return ids.Count;
    }

    private async ValueTask DeleteAsync(string text, string channel, DateTimeOffset before, int batchSize, CancellationToken cancellationToken)
    {
        Statement Batch() => new Statement(text).With("channel", channel).With("before", before).With("limit", batchSize);
        var startedAt = _timeProvider.GetTimestamp();
        while (await _store.Database.ChangeAsync(Batch(), Rows.Affected, cancellationToken) == batchSize)
        {
            await PauseAsync(startedAt, cancellationToken);
            startedAt = _timeProvider.GetTimestamp();
        }
    }

    // As long as the batch took: half of what the database can do is left to others, however fast or slow it is.
    private Task PauseAsync(long startedAt, CancellationToken cancellationToken) => Task.Delay(_timeProvider.GetElapsedTime(startedAt), _timeProvider, cancellationToken);
}
