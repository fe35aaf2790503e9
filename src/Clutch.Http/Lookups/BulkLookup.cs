using System.Collections.Concurrent;

namespace Clutch.Http.Lookups;

/// <summary>Looks up many ids in few calls, several at once, and answers for every id. Share one between chunks: it remembers how many ids the server takes.</summary>
/// <remarks>
/// How many calls are under way is the affair of the <see cref="HttpChannel"/> behind <see cref="LookupSource{TIn, TId, T}.Fetch"/>. A call that is refused for its content
/// is halved until the bad id stands alone. Every id ends as found, stale, not found or failed; one that answers leave out is asked for again and then fails.
/// </remarks>
public sealed class BulkLookup<TIn, TId, T>
    where TId : notnull
{
    private readonly LookupSource<TIn, TId, T> _source;
    private int _batchSize;

    /// <summary>A look-up over the source.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A number of the source is out of its range.</exception>
    public BulkLookup(LookupSource<TIn, TId, T> source)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(source.BatchSize);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(source.BatchSize, 10_000);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(source.AsksPerId);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(source.AsksPerId, 10);
        _source = source;
        _batchSize = source.BatchSize;
    }

    /// <summary>How many ids go into a call now.</summary>
    public int BatchSize => Volatile.Read(ref _batchSize);

    /// <summary>Looks up what the items ask for; the results have the items' order.</summary>
    /// <exception cref="HttpFaultException">A call failed as a whole, or an answer breaks the contract.</exception>
    public async ValueTask<IReadOnlyList<LookupResult<T>>> FindAsync(IReadOnlyList<TIn> items, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(items);
        var ids = items.Select(_source.IdOf).ToArray();
        var results = new ConcurrentDictionary<TId, LookupResult<T>>();
        await AskAsync([.. ids.Distinct()], results, cancellationToken);
        await AskAgainForStaleAsync(items, ids, results, cancellationToken);
        return Array.ConvertAll(ids, id => results[id]);
    }

    private async Task AskAsync(List<TId> ids, ConcurrentDictionary<TId, LookupResult<T>> results, CancellationToken cancellationToken)
    {
        var open = ids;
        for (var ask = 1; open.Count > 0 && ask <= _source.AsksPerId; ask++)
        {
            await Task.WhenAll(open.Chunk(BatchSize).Select(part => CallAsync(part, results, cancellationToken)));
            open = open.FindAll(id => !results.ContainsKey(id));
            if (open.Count > 0)
                HttpMetrics.LeftOut(open.Count, _source.Name);
        }

        foreach (var id in open)
            results[id] = new(LookupStatus.Failed, Fault: LeftOut(id));
    }

    // Whether the server took them as they were.
    private async Task<bool> CallAsync(IReadOnlyList<TId> ids, ConcurrentDictionary<TId, LookupResult<T>> results, CancellationToken cancellationToken)
    {
        LookupAnswer<TId, T> answer;
        try
        {
            answer = await _source.Fetch(ids, cancellationToken);
        }
        catch (HttpFaultException fault) when (_source.IsTooMany(fault.Fault) || fault.Kind == HttpFaultKind.Permanent)
        {
            return await SplitAsync(ids, fault, results, cancellationToken);
        }

        Take(ids, answer, results);
        return true;
    }

    private async Task<bool> SplitAsync(IReadOnlyList<TId> ids, HttpFaultException fault, ConcurrentDictionary<TId, LookupResult<T>> results, CancellationToken cancellationToken)
    {
        if (ids.Count == 1)
        {
            results[ids[0]] = new(LookupStatus.Failed, Fault: fault);
            return false;
        }

        var half = (ids.Count + 1) / 2;
        HttpMetrics.Split(_source.Name);
        var taken = await Task.WhenAll(ids.Chunk(half).Select(part => CallAsync(part, results, cancellationToken)));
        // One id that is refused in any company says nothing of how many the server takes.
        if (_source.IsTooMany(fault.Fault) && taken.All(isTaken => isTaken))
            Learn(half);
        return false;
    }

    private void Learn(int size)
    {
        int known;
        while (size < (known = BatchSize) && Interlocked.CompareExchange(ref _batchSize, size, known) != known)
        {
        }
    }

    private void Take(IReadOnlyList<TId> ids, LookupAnswer<TId, T> answer, ConcurrentDictionary<TId, LookupResult<T>> results)
    {
        var asked = ids.ToHashSet();
        foreach (var item in answer.Items)
            Answer(_source.IdOfFound(item), new(LookupStatus.Found, item));
        foreach (var id in answer.NotFound)
            Answer(id, new(LookupStatus.NotFound));
        foreach (var error in answer.Errors)
            Answer(error.Id, new(LookupStatus.Failed, Fault: new LookupItemException(error.Problem, $"'{_source.Name}' could not look up '{error.Id}': {error.Problem}")));

        void Answer(TId id, LookupResult<T> result)
        {
            if (!asked.Remove(id))
                throw Protocol(ids.Contains(id) ? $"it answers '{id}' twice" : $"it answers '{id}', which was not asked for");
            results[id] = result;
        }
    }

    private async Task AskAgainForStaleAsync(IReadOnlyList<TIn> items, TId[] ids, ConcurrentDictionary<TId, LookupResult<T>> results, CancellationToken cancellationToken)
    {
        if (_source.IsStale is not { } isStale)
            return;
        var stale = StaleIds();
        if (stale.Count == 0)
            return;
        var second = new ConcurrentDictionary<TId, LookupResult<T>>();
        await AskAsync([.. stale], second, cancellationToken);
        // What could be had is kept where the second answer failed.
        foreach (var (id, result) in second.Where(answer => answer.Value.Status != LookupStatus.Failed))
            results[id] = result;
        foreach (var id in StaleIds())
            results[id] = results[id] with { Status = LookupStatus.Stale };

        HashSet<TId> StaleIds() => [.. items.Select((item, i) => (item, id: ids[i])).Where(one => results[one.id] is { Status: LookupStatus.Found, Item: { } found } && isStale(one.item, found)).Select(one => one.id)];
    }

    private HttpFaultException LeftOut(TId id) => new(new()
    {
        Kind = HttpFaultKind.Unknown,
        Address = _source.Name,
        Message = $"'{_source.Name}' left '{id}' out of {_source.AsksPerId} answers: it was neither found, nor not found, nor an error.",
    });

    private HttpFaultException Protocol(string reason) => new(new()
    {
        Kind = HttpFaultKind.Protocol,
        Address = _source.Name,
        Message = $"The look-up '{_source.Name}' breaks its contract: {reason}.",
    });
}
