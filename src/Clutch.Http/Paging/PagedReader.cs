using System.Threading.Channels;
using Clutch.Executions;
using Clutch.Items;

namespace Clutch.Http.Paging;

/// <summary>Reads a listing page by page, ahead of the step; a restart goes on at the page it had reached. Keeps a <see cref="ListingProof"/> in the job's state.</summary>
/// <remarks>
/// Repeats across pages, empty pages and pages of any size are legal. A restart within a page fetches that page again and passes over what was given, if the page
/// is still the same; if it shifted, the whole page is given again: readers of a moving list give at least once. A cursor that expired begins its range anew, and
/// the listing does not count as complete.
/// </remarks>
public sealed class PagedReader<T> : IItemReader<T>, IAsyncDisposable
{
    private readonly PagedSource<T> _source;
    private readonly CancellationTokenSource _stop = new();
    private readonly HashSet<string> _keys = [];
    private ListingState _state = new();
    private StepContext? _step;
    private ChannelReader<FetchedPage<T>>? _pages;
    private Task _fetching = Task.CompletedTask;
    private FetchedPage<T>? _page;
    private int _next;
    private bool _isResumed;

    /// <summary>A reader of the listing.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A number of the source is out of its range.</exception>
    public PagedReader(PagedSource<T> source)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(source.PageSize);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(source.ReadAhead);
        ArgumentOutOfRangeException.ThrowIfNegative(source.MaxRestarts);
        ArgumentOutOfRangeException.ThrowIfZero(source.Ranges.Count);
        _source = source;
    }

    /// <summary>What can be said about the listing so far.</summary>
    public ListingProof Proof => new()
    {
        IsEnded = _state.Ranges.TrueForAll(range => range.IsDone) && _state.Ranges.Count > 0,
        Pages = _state.Pages,
        Items = _state.Items,
        Distinct = _isResumed || !_source.CountsDistinct ? null : _keys.Count,
        Total = _state.Total,
        Doubts = [.. _state.Doubts],
    };

    /// <inheritdoc/>
    public ValueTask OpenAsync(Checkpoint? resumeFrom, StepContext step, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(step);
        _step = step;
        _isResumed = resumeFrom is not null;
        _state = resumeFrom?.To(HttpJson.Default.ListingState) ?? ListingState.Begin(_source.Ranges);
        if (!_state.Ranges.Select(range => range.Name).SequenceEqual(_source.Ranges))
            throw new FormatException($"The checkpoint of listing '{_source.Name}' was made with other ranges. Restore them, or abandon the execution and launch a new job instance.");
        Proof.Keep(step.JobState, _source.Name);
        var channel = Channel.CreateBounded<FetchedPage<T>>(new BoundedChannelOptions(_source.ReadAhead) { SingleReader = true });
        _pages = channel.Reader;
        var starts = _state.Ranges.ConvertAll(range => range.Copy());
        _fetching = Task.Run(() => FetchAllAsync(starts, channel.Writer), CancellationToken.None);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public async ValueTask ReadAsync(ReadBatch<T> batch, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(batch);
        // A call that adds nothing means that nothing follows, so a page that is empty, or holds repeats only, is passed over here.
        var before = batch.Count;
        while (batch.Count == before)
        {
            if (_page is null && !await TurnPageAsync(cancellationToken))
            {
                Proof.Keep(_step!.JobState, _source.Name);
                batch.Checkpoint = Checkpoint.From(_state, HttpJson.Default.ListingState);
                batch.End();
                return;
            }

            Give(batch);
        }

        batch.Checkpoint = Checkpoint.From(_state, HttpJson.Default.ListingState);
        batch.Fraction = _state.Total is > 0 and var total ? Math.Min(1, (double)_state.Items / total) : null;
    }

    /// <summary>Stops reading ahead.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _fetching;
        _stop.Dispose();
    }

    private async ValueTask<bool> TurnPageAsync(CancellationToken cancellationToken)
    {
        if (!await _pages!.WaitToReadAsync(cancellationToken) || !_pages.TryRead(out _page))
            return false;
        var range = _state.Ranges[_page.Range];
        Note(range, _page);
        _next = IsSameAsGiven(range, _page) ? range.Given : 0;
        // What moved to another page while nobody looked may be on none of those read.
        if (_next < range.Given)
            _state.Doubt("A page had shifted when it was read again after a restart.");
        (range.Cursor, range.Given, range.GivenHash) = (_page.Cursor, _next, _next == 0 ? null : range.GivenHash);
        return true;
    }

    private void Note(RangeState range, FetchedPage<T> page)
    {
        if (page.Restarts > range.Restarts)
        {
            _state.Doubt("A cursor expired and the listing began anew.");
            (range.Restarts, range.Given, range.GivenHash, range.Total) = (page.Restarts, 0, null, null);
        }

        if (page.Total is { } total && range.Total is { } before && total != before)
            _state.Doubt($"The server's total changed from {before} to {total} while it was listed.");
        range.Total = page.Total ?? range.Total;
    }

    private bool IsSameAsGiven(RangeState range, FetchedPage<T> page) =>
        range.Given > 0 && range.Given <= page.Items.Count && range.Cursor == page.Cursor
        && ListingState.HashOf(page.Items.Take(range.Given).Select(_source.Key)) == range.GivenHash;

    private void Give(ReadBatch<T> batch)
    {
        var page = _page!;
        for (; _next < page.Items.Count && batch.Remaining > 0; _next++)
            Give(batch, page.Items[_next]);
        var range = _state.Ranges[page.Range];
        if (_next < page.Items.Count)
        {
            (range.Given, range.GivenHash) = (_next, ListingState.HashOf(page.Items.Take(_next).Select(_source.Key)));
            return;
        }

        _state.Pages++;
        (range.Cursor, range.Given, range.GivenHash, range.IsDone) = (page.NextCursor, 0, null, page.NextCursor is null);
        _page = null;
    }

    private void Give(ReadBatch<T> batch, T item)
    {
        var isNew = !_source.CountsDistinct || _keys.Add(_source.Key(item));
        _state.Items++;
        if (isNew || !_source.DropsRepeats)
            batch.Add(item);
    }

    private async Task FetchAllAsync(List<RangeState> starts, ChannelWriter<FetchedPage<T>> pages)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        Exception? fault = null;
        // One range's fault ends the others: the step fails anyway, and a restart reads on from all of them. None outlives the reader.
        await foreach (var range in Task.WhenEach(starts.Select((start, i) => new RangeFetcher<T>(_source, start, i).RunAsync(pages, stop.Token))))
        {
            if (range.IsCompletedSuccessfully)
                continue;
            fault ??= range.Exception?.InnerException ?? new OperationCanceledException(stop.Token);
            await stop.CancelAsync();
        }

        // The reading task throws it on; after a stop nobody reads.
        pages.Complete(fault);
    }
}
