using System.Net;
using System.Net.Http.Json;
using Clutch.Database.Tests.Fixtures;

namespace Clutch.Database.Tests.Receiving;

/// <summary>The server half: what callers learn of operations, and how they cancel them.</summary>
public abstract partial class ReceivingBehaviour
{
    [SkippableFact]
    public async Task Results_come_in_pages_in_counts_and_for_many_operations_at_once()
    {
        await using var store = open();
        await using var service = await StartAsync(store, configure: options => (options.ItemPageSize, options.SliceSize) = (10, 7));
        using var first = await SendAsync(service, "k1", Body("a1", [.. Enumerable.Range(1, 25).Select(i => ($"{i}", $"s{i}", 1L))]));
        using var second = await SendAsync(service, "k2", Body("a1", ("1", "t", 1)));
        var page1 = await EndOfAsync(service, first.Headers.Location!);
        await EndOfAsync(service, second.Headers.Location!);

        var page2 = await JsonAsync(await GetAsync(service, $"{first.Headers.Location}?after={page1.GetProperty("nextItem").GetString()}"));
        var page3 = await JsonAsync(await GetAsync(service, $"{first.Headers.Location}?after={page2.GetProperty("nextItem").GetString()}&limit=100"));
        var counts = await JsonAsync(await GetAsync(service, $"{first.Headers.Location}?fields=counts"));
        var ids = new[] { page1.GetProperty("id").GetString()!, "unknown", second.Headers.Location!.OriginalString.Split('/')[^1] };
        var many = await JsonAsync(await service.Client.PostAsJsonAsync("/operations:batchGet", new { ids }));

        Assert.Equal(Enumerable.Range(1, 25).Select(i => $"{i}=APPLIED"), [.. Outcomes(page1), .. Outcomes(page2), .. Outcomes(page3)]);
        Assert.False(page3.TryGetProperty("nextItem", out _));
        Assert.False(counts.TryGetProperty("items", out _));
        Assert.Equal(25, counts.GetProperty("counts").GetProperty("total").GetInt32());
        Assert.Equal(new HashSet<string?> { ids[0], ids[2] }, many.GetProperty("operations").EnumerateArray().Select(operation => operation.GetProperty("id").GetString()).ToHashSet());
        Assert.Equal("unknown", many.GetProperty("notFound")[0].GetString());
    }

    [SkippableFact]
    public async Task A_cancelled_operation_stops_between_slices_and_tells_what_was_applied()
    {
        await using var store = open();
        Skip.If(store is SqliteStore, "On SQLite the one writer is held while a slice is applied, so the wish to cancel cannot be stored meanwhile.");
        var (reached, goOn) = (new TaskCompletionSource(), new TaskCompletionSource());
        var handler = new LedgerHandler
        {
            BeforeCommit = async (_, token) =>
            {
                reached.TrySetResult();
                await goOn.Task.WaitAsync(token);
            },
        };
        await using var service = await StartAsync(store, handler, options => (options.SliceSize, options.Workers) = (2, 1));
        using var accepted = await SendAsync(service, "k1", Body("a1", [.. Enumerable.Range(1, 6).Select(i => ($"{i}", $"s{i}", 1L))]));
        await reached.Task.WaitAsync(Patience);
        var running = await JsonAsync(await GetAsync(service, accepted.Headers.Location!.OriginalString));

        using var cancelled = await service.Client.DeleteAsync(accepted.Headers.Location);
        goOn.SetResult();
        var ended = await EndOfAsync(service, accepted.Headers.Location!);
        using var tooLate = await service.Client.DeleteAsync(accepted.Headers.Location);

        Assert.Equal("Running", running.GetProperty("status").GetString());
        Assert.Equal(HttpStatusCode.Accepted, cancelled.StatusCode);
        Assert.Equal(2, Outcomes(ended).Count(outcome => outcome.EndsWith("=APPLIED", StringComparison.Ordinal)));
        Assert.Equal(("Cancelled", 2), (ended.GetProperty("status").GetString(), (await LedgerAsync(service)).Count));
        await AssertProblemAsync(tooLate, 409, "urn:clutch:problem:operation-ended");
    }

    [SkippableFact]
    public async Task An_operation_cancelled_before_its_turn_applies_nothing()
    {
        await using var store = open();
        await using var idle = await StartAsync(store, configure: options => options.Workers = 0);
        using var accepted = await SendAsync(idle, "k1", Body("a1", ("1", "s", 1)));

        using var cancelled = await idle.Client.DeleteAsync(accepted.Headers.Location);
        await using var working = await StartAsync(store);
        var ended = await EndOfAsync(working, accepted.Headers.Location!);

        Assert.Equal(HttpStatusCode.Accepted, cancelled.StatusCode);
        Assert.Equal("Cancelled", ended.GetProperty("status").GetString());
        Assert.Equal(["1=none"], Outcomes(ended));
        Assert.Empty(await LedgerAsync(working));
    }
}
