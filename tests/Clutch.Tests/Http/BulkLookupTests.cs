using System.Collections.Concurrent;
using Clutch.Http;
using Clutch.Http.Lookups;
using Clutch.Items;

namespace Clutch.Tests.Http;

public sealed class BulkLookupTests
{
    private readonly ConcurrentQueue<IReadOnlyList<int>> _calls = new();

    private sealed record Wanted(int Id, int Version = 1);

    private sealed record Found(int Id, int Version = 1);

    [Fact]
    public async Task Every_item_gets_its_own_outcome_whatever_the_order_of_the_answer()
    {
        var lookup = Lookup(ids => new(
            [.. ids.Where(id => id % 10 > 1).Select(id => new Found(id)).Reverse()],
            [.. ids.Where(id => id % 10 == 0)],
            [.. ids.Where(id => id % 10 == 1).Select(id => new LookupError<int>(id, new() { Title = "broken", IsRetryable = id == 1 }))]));
        var batch = Batch([.. Enumerable.Range(0, 50).Select(id => new Wanted(id))]);

        await new BulkLookupProcessor<Wanted, int, Found, string>(lookup, (item, result) => result.Status == LookupStatus.NotFound ? null : $"{item.Id}={result.Item!.Id}")
            .ProcessAsync(batch, default);

        Assert.Equal(Enumerable.Range(0, 50).Where(id => id % 10 > 1).Select(id => $"{id}={id}"), batch.Outputs.ToArray());
        Assert.Equal([1, 11, 21, 31, 41], batch.Faults.Select(fault => fault.Index));
        Assert.Equal([true, false, false, false, false], batch.Faults.Select(fault => ((LookupItemException)fault.Fault).IsTransient));
        Assert.True(batch.IsAnswered);
        Assert.Equal(3, _calls.Count);
    }

    [Fact]
    public async Task Several_calls_are_under_way_at_once()
    {
        var waiting = new CountdownEvent(3);
        var all = new TaskCompletionSource();
        var lookup = new BulkLookup<Wanted, int, Found>(Source(async (ids, _) =>
        {
            if (waiting.Signal())
                all.SetResult();
            await all.Task;
            return FindAll(ids);
        }));

        Assert.Equal(60, (await lookup.FindAsync(Items(60), default)).Count(result => result.Status == LookupStatus.Found));
    }

    [Fact]
    public async Task An_id_wanted_twice_is_asked_for_once()
    {
        var lookup = Lookup(FindAll);

        var results = await lookup.FindAsync([new(7), new(8), new(7)], default);

        Assert.Equal([7, 8, 7], results.Select(result => result.Item!.Id));
        Assert.Equal([7, 8], Assert.Single(_calls));
    }

    [Theory]
    [InlineData(HttpFaultKind.TooLarge, null)]
    [InlineData(HttpFaultKind.Permanent, "Too many ids")]
    public async Task Too_many_ids_are_halved_and_the_size_is_remembered(HttpFaultKind kind, string? title)
    {
        var lookup = Lookup(ids => ids.Count > 6 ? throw Fault(kind, title) : FindAll(ids));

        Assert.All(await lookup.FindAsync(Items(20), default), result => Assert.Equal(LookupStatus.Found, result.Status));
        Assert.Equal(5, lookup.BatchSize);
        _calls.Clear();
        await lookup.FindAsync(Items(20), default);

        Assert.Equal([5, 5, 5, 5], _calls.Select(ids => ids.Count));
    }

    [Fact]
    public async Task One_id_that_is_refused_as_too_many_in_any_company_says_nothing_of_their_number()
    {
        var lookup = Lookup(ids => ids.Contains(13) ? throw Fault(HttpFaultKind.Permanent, "Too many decimals in price") : FindAll(ids));
        var size = lookup.BatchSize;

        var results = await lookup.FindAsync(Items(16), default);

        Assert.Equal(15, results.Count(result => result.Status == LookupStatus.Found));
        Assert.Equal(size, lookup.BatchSize);
    }

    [Fact]
    public async Task Too_many_requests_are_not_too_many_ids()
    {
        var lookup = Lookup(_ => throw Fault(HttpFaultKind.NotAccepted, "Too Many Requests"));

        var fault = await Assert.ThrowsAsync<HttpFaultException>(() => lookup.FindAsync(Items(20), default).AsTask());

        Assert.Equal((HttpFaultKind.NotAccepted, 20), (fault.Kind, lookup.BatchSize));
        Assert.Single(_calls);
    }

    [Fact]
    public async Task A_poisoned_id_is_found_by_halving_and_fails_alone()
    {
        var lookup = Lookup(ids => ids.Contains(13) ? throw Fault(HttpFaultKind.Permanent, "Bad id") : FindAll(ids));

        var results = await lookup.FindAsync(Items(16), default);

        Assert.Equal(15, results.Count(result => result.Status == LookupStatus.Found));
        Assert.IsType<HttpFaultException>(results[13].Fault);
        Assert.Equal(20, lookup.BatchSize);
        Assert.InRange(_calls.Count, 2, 9);
    }

    [Fact]
    public async Task Ids_left_out_are_asked_for_again_and_then_fail_as_transient()
    {
        var asks = 0;
        var lookup = Lookup(ids => FindAll([.. ids.Where(id => id != 3 && (id != 4 || Interlocked.Increment(ref asks) > 1))]));

        var results = await lookup.FindAsync(Items(10), default);

        Assert.Equal(9, results.Count(result => result.Status == LookupStatus.Found));
        Assert.True(Assert.IsType<HttpFaultException>(results[3].Fault).IsTransient);
        Assert.Equal([10, 2, 1], _calls.Select(ids => ids.Count));
    }

    [Theory]
    [InlineData(99, "it answers '99', which was not asked for")]
    [InlineData(2, "it answers '2' twice")]
    public async Task An_answer_that_breaks_the_set_equation_is_refused_whole(int extra, string reason)
    {
        var lookup = Lookup(ids => new([.. ids.Select(id => new Found(id))], [extra], []));

        var fault = await Assert.ThrowsAsync<HttpFaultException>(() => lookup.FindAsync(Items(5), default).AsTask());

        Assert.Equal(HttpFaultKind.Protocol, fault.Kind);
        Assert.Contains(reason, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_older_than_wanted_is_asked_for_once_more_and_then_taken_as_stale()
    {
        var asked = new ConcurrentDictionary<int, int>();
        var lookup = new BulkLookup<Wanted, int, Found>(Source((ids, _) =>
        {
            foreach (var id in ids)
                asked.AddOrUpdate(id, 1, (_, count) => count + 1);
            return new(new LookupAnswer<int, Found>([.. ids.Select(id => new Found(id, id == 1 ? 1 : asked[id]))], [], []));
        }) with
        { IsStale = (wanted, found) => found.Version < wanted.Version });

        var results = await lookup.FindAsync([new(0, 1), new(1, 2), new(2, 2)], default);

        Assert.Equal([LookupStatus.Found, LookupStatus.Stale, LookupStatus.Found], results.Select(result => result.Status));
        Assert.Equal([1, 2, 2], asked.OrderBy(id => id.Key).Select(id => id.Value));
    }

    [Fact]
    public async Task A_channel_fault_ends_the_chunk_and_is_not_halved()
    {
        var lookup = Lookup(_ => throw Fault(HttpFaultKind.ChannelFault, null));

        await Assert.ThrowsAsync<HttpFaultException>(() => lookup.FindAsync(Items(10), default).AsTask());

        Assert.Single(_calls);
    }

    private BulkLookup<Wanted, int, Found> Lookup(Func<IReadOnlyList<int>, LookupAnswer<int, Found>> answer) => new(Source((ids, _) => new(answer(ids))));

    private LookupSource<Wanted, int, Found> Source(Func<IReadOnlyList<int>, CancellationToken, ValueTask<LookupAnswer<int, Found>>> fetch) => new()
    {
        Name = "details",
        BatchSize = 20,
        IdOf = item => item.Id,
        IdOfFound = found => found.Id,
        Fetch = (ids, token) =>
        {
            _calls.Enqueue(ids);
            return fetch(ids, token);
        },
    };

    private static LookupAnswer<int, Found> FindAll(IReadOnlyList<int> ids) => new([.. ids.Select(id => new Found(id))], [], []);

    private static Wanted[] Items(int count) => [.. Enumerable.Range(0, count).Select(id => new Wanted(id))];

    private static HttpFaultException Fault(HttpFaultKind kind, string? title) =>
        new(new() { Kind = kind, Address = "details", Message = "no", Problem = title is null ? null : new() { Title = title } });

    private static ItemBatch<Wanted, string> Batch(Wanted[] items)
    {
        var batch = new ItemBatch<Wanted, string>();
        batch.Reset(items);
        return batch;
    }
}
