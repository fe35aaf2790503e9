using System.Threading.Channels;

namespace Clutch.Http.Paging;

/// <summary>A page on its way to the step.</summary>
internal sealed record FetchedPage<T>(int Range, string? Cursor, int Restarts, IReadOnlyList<T> Items, string? NextCursor, long? Total);

/// <summary>Follows the cursor of one range.</summary>
internal sealed class RangeFetcher<T>(PagedSource<T> source, RangeState start, int index)
{
    private string? _cursor = start.Cursor;
    private int _restarts = start.Restarts;

    // One cursor of the past, taken anew at each power of two (R. Brent, 1980): it meets a cycle of any length, and needs no more memory for a longer listing.
    private string? _remembered;
    private int _pagesSince;
    private int _pagesUntil = 1;

    public async Task RunAsync(ChannelWriter<FetchedPage<T>> pages, CancellationToken cancellationToken)
    {
        if (start.IsDone)
            return;
        do
        {
            var page = await FetchAsync(cancellationToken);
            var next = string.IsNullOrEmpty(page.NextCursor) ? null : page.NextCursor;
            ThrowForCycle(next);
            await pages.WriteAsync(new(index, _cursor, _restarts, page.Items, next, page.Total), cancellationToken);
            _cursor = next;
        }
        while (_cursor is not null);
    }

    private void ThrowForCycle(string? next)
    {
        if (next is null)
            return;
        if (next == _cursor || next == _remembered)
            throw Protocol($"it named cursor '{next}' again, so the listing would never end");
        if (++_pagesSince < _pagesUntil)
            return;
        (_remembered, _pagesSince, _pagesUntil) = (next, 0, _pagesUntil * 2);
    }

    private async ValueTask<Page<T>> FetchAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return await source.Fetch(new(start.Name, _cursor, source.PageSize), cancellationToken);
            }
            // Counted anew in each execution: who restarts a job whose cursors expired must find it able to go on.
            catch (Exception fault) when (_cursor is not null && source.IsCursorExpired(fault) && _restarts - start.Restarts < source.MaxRestarts)
            {
                _restarts++;
                (_cursor, _remembered) = (null, null);
            }
        }
    }

    private HttpFaultException Protocol(string reason) => new(new()
    {
        Kind = HttpFaultKind.Protocol,
        Address = source.Name,
        Message = $"The listing '{source.Name}' breaks its contract: {reason}.",
    });
}
