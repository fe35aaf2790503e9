using System.Data.Common;
using System.Threading.Channels;
using Clutch.Executions;
using Clutch.Items;
using Polly;
using Polly.Retry;

namespace Clutch.Relational.Reading;

/// <summary>Reads pages ahead on a connection of its own.</summary>
internal sealed class KeysetReader<T>(RelationalDatabase database, KeysetQuery<T> query) : IItemReader<T>, IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private ChannelReader<KeysetPage<T>>? _pages;
    private Task _readingAhead = Task.CompletedTask;
    private DbConnection? _connection;
    private KeysetPage<T>? _page;
    private int _next;
    private long _rows;
    private long? _total;
    private IReadOnlyList<object>? _upTo;

    public async ValueTask OpenAsync(Checkpoint? resumeFrom, StepContext step, CancellationToken cancellationToken)
    {
        var range = RangeOf(step);
        var start = resumeFrom is null ? range?.After : KeysetPosition.From(resumeFrom, query.Key.Count);
        _rows = resumeFrom is null ? 0 : start!.Rows;
        _upTo = range?.UpTo?.Key;
        _total = range?.RowCount;
        if (query.CountsRows && range is null)
            _total = await database.QueryAsync(query.Counting(), ReadCountAsync, cancellationToken);
        var channel = Channel.CreateBounded<KeysetPage<T>>(new BoundedChannelOptions(query.Prefetch) { SingleReader = true, SingleWriter = true });
        _pages = channel.Reader;
        _readingAhead = Task.Run(() => ReadAheadAsync(channel.Writer, start?.Key, step.TimeProvider), CancellationToken.None);
    }

    public async ValueTask ReadAsync(ReadBatch<T> batch, CancellationToken cancellationToken)
    {
        if (_page is null || _next == _page.Count)
        {
            if (!await _pages!.WaitToReadAsync(cancellationToken) || !_pages.TryRead(out _page))
            {
                batch.End();
                return;
            }

            _next = 0;
        }

        Add(batch, _page, Math.Min(batch.Remaining, _page.Count - _next));
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _readingAhead;
        _stop.Dispose();
    }

    private void Add(ReadBatch<T> batch, KeysetPage<T> page, int count)
    {
        if (count == 0)
            return;
        batch.AddRange(page.Items(_next, count));
        _next += count;
        _rows += count;
        batch.Checkpoint = new KeysetPosition(_rows, page.KeyAt(_next - 1)).ToCheckpoint();
        batch.Fraction = _total is null ? null : _total == 0 ? 1 : Math.Min(1, (double)_rows / _total.Value);
    }

    private async Task ReadAheadAsync(ChannelWriter<KeysetPage<T>> pages, IReadOnlyList<object>? after, TimeProvider timeProvider)
    {
        try
        {
            var retry = Retry(timeProvider);
            KeysetPage<T> page;
            do
            {
                page = await retry.ExecuteAsync(cancellationToken => ReadPageAsync(after, cancellationToken), _stop.Token);
                if (page.Count == 0)
                    break;
                after = page.KeyAt(page.Count - 1);
                await pages.WriteAsync(page, _stop.Token);
            }
            while (page.Count == query.PageSize);
            pages.Complete();
        }
        catch (Exception fault)
        {
            // The reading task throws it on; after a stop nobody reads.
            pages.Complete(fault);
        }
        finally
        {
            await DisconnectAsync();
        }
    }

    // Reading a page again is harmless, so a broken connection or a restarted server is survived here for about half a minute.
    private ResiliencePipeline Retry(TimeProvider timeProvider) => new ResiliencePipelineBuilder { TimeProvider = timeProvider }
        .AddRetry(new RetryStrategyOptions
        {
            ShouldHandle = new PredicateBuilder().Handle<Exception>(database.IsTransient),
            MaxRetryAttempts = 10,
            BackoffType = DelayBackoffType.Exponential,
            Delay = TimeSpan.FromMilliseconds(100),
            MaxDelay = TimeSpan.FromSeconds(5),
            UseJitter = true,
        })
        .Build();

    private async ValueTask<KeysetPage<T>> ReadPageAsync(IReadOnlyList<object>? after, CancellationToken cancellationToken)
    {
        try
        {
            _connection ??= await database.OpenAsync(cancellationToken);
            return await database.RunAsync(_connection, Page(after), (rows, token) => KeysetPage<T>.ReadAsync(rows, query, token), cancellationToken);
        }
        catch
        {
            await DisconnectAsync();
            throw;
        }
    }

    private Statement Page(IReadOnlyList<object>? after)
    {
        var page = query.WithParameters(new(query.PageText(isFirst: after is null, isBounded: _upTo is not null))).With("clutch_page_size", query.PageSize);
        for (var i = 0; i < after?.Count; i++)
            page.With(KeysetQuery<T>.KeyParameter(i), after[i]);
        for (var i = 0; i < _upTo?.Count; i++)
            page.With(KeysetQuery<T>.EndParameter(i), _upTo[i]);
        return page;
    }

    private async ValueTask DisconnectAsync()
    {
        if (_connection is not { } connection)
            return;
        _connection = null;
        await connection.DisposeAsync();
    }

    private KeyRange? RangeOf(StepContext step)
    {
        if (!query.WithinPartition)
            return null;
        return KeyRange.From(
            step.PartitionData ?? throw new InvalidOperationException($"The keyset reader of '{query.From}' reads a partition, but step '{step.StepName}' has none. Add Partition(...) with KeyRanges."),
            query.Key.Count);
    }

    private static async ValueTask<long> ReadCountAsync(DbDataReader rows, CancellationToken cancellationToken) =>
        await rows.ReadAsync(cancellationToken) ? rows.GetInt64(0) : 0;
}
