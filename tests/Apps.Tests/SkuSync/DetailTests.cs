using System.Text.Json;
using Clutch.Executions;
using Clutch.Http;
using Clutch.Http.Lookups;
using Clutch.Repository;
using Clutch.Testing;
using SkuSync.Catalog;
using SkuSync.Stock;
using SkuSync.Storage;

namespace Apps.Tests.SkuSync;

/// <summary>What the detail API may answer: one SKU whose data nobody can read must not keep the others waiting.</summary>
public sealed class DetailTests
{
    private static readonly ContentHash Hash = new([]);

    /// <summary>JSON by its grammar, and yet no content that can be compared.</summary>
    public static TheoryData<string> Unreadable => ["""{"name":"\ud83d"}""", """{"\udc00":1}""", """{"price":1e99999999999999999999}"""];

    [Theory]
    [MemberData(nameof(Unreadable))]
    public async Task A_SKU_whose_data_cannot_be_read_is_told_as_failed_and_the_others_are_had(string payload)
    {
        var table = new MemoryTable<SkuObservation>(sku => sku.Key);
        await using var host = new JobTestHost(new()
        {
            Repository = new InMemoryJobRepository(),
            Configure = clutch => clutch.AddJob("ask", job => job.Step("details", step => step
                .ReadFrom([Listed("bad"), Listed("good")])
                .ProcessWith(_ => new DetailProcessor(DetailsWith(payload), known: null, Hash, faults: null))
                .Write(_ => table.CreateWriter()))),
        });

        var outcome = await host.RunAsync("ask");

        Assert.Equal(BatchStatus.Completed, outcome.Status);
        var failed = Assert.IsType<SkuObservation.Failed>(table.Rows.Single(sku => sku.Key.SkuId == "bad"));
        Assert.Contains("'a1/bad'", failed.Problem, StringComparison.Ordinal);
        Assert.IsType<SkuObservation.Fetched>(table.Rows.Single(sku => sku.Key.SkuId == "good"));
    }

    [Fact]
    public async Task A_SKU_for_which_the_whole_call_fails_is_found_and_holds_up_none_beside_it()
    {
        var table = new MemoryTable<SkuObservation>(sku => sku.Key);
        await using var host = new JobTestHost(new()
        {
            Repository = new InMemoryJobRepository(),
            Configure = clutch => clutch.AddJob("ask", job => job.Step("details", step => step
                .ReadFrom([Listed("a"), Listed("b"), Listed("c"), Listed("down"), Listed("e")])
                .ProcessWith(_ => new DetailProcessor(Details(2, ids => ids.Contains("down")), known: null, Hash, faults: null))
                .Write(_ => table.CreateWriter()))),
        });

        var outcome = await host.RunAsync("ask");

        Assert.Equal(BatchStatus.Completed, outcome.Status);
        Assert.Equal("down", Assert.Single(table.Rows.OfType<SkuObservation.Failed>()).Key.SkuId);
        Assert.Equal(["a", "b", "c", "e"], table.Rows.OfType<SkuObservation.Fetched>().Select(sku => sku.Key.SkuId).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_server_that_answers_no_call_is_not_asked_in_halves_for_ever()
    {
        var calls = 0;
        var table = new MemoryTable<SkuObservation>(sku => sku.Key);
        await using var host = new JobTestHost(new()
        {
            Repository = new InMemoryJobRepository(),
            Configure = clutch => clutch.AddJob("ask", job => job.Step("details", step => step
                .ReadFrom([.. Enumerable.Range(1, 2_000).Select(number => Listed($"s{number}"))])
                .ProcessWith(_ => new DetailProcessor(Details(200, _ => { calls++; return true; }), known: null, Hash, faults: null))
                .Write(_ => table.CreateWriter())
                .ChunkSize(1_000))),
        });

        await host.RunAsync("ask");

        Assert.Equal(2_000, table.Rows.OfType<SkuObservation.Failed>().Count());
        Assert.Equal(10 + (2 * 32), calls);
    }

    [Theory]
    [MemberData(nameof(Unreadable))]
    public async Task A_dry_run_of_new_hash_rules_passes_over_data_that_cannot_be_read(string payload)
    {
        var table = new MemoryTable<StoredSku>(sku => sku.Key);
        await using var host = new JobTestHost(new()
        {
            Repository = new InMemoryJobRepository(),
            Configure = clutch => clutch.AddJob("compare", job => job.Step("differ", step => step
                .ReadFrom([Stored("bad"), Stored("good")])
                .ProcessWith(_ => new DifferenceProcessor(DetailsWith(payload), Hash))
                .Write(_ => table.CreateWriter()))),
        });

        var outcome = await host.RunAsync("compare");

        Assert.Equal(BatchStatus.Completed, outcome.Status);
        Assert.Equal("good", Assert.Single(table.Rows).Key.SkuId);
    }

    private static ListedSku Listed(string skuId) => new(new("a1", skuId), "stamp", null);

    private static StoredSku Stored(string skuId) => new(new("a1", skuId), Version: 1, "{}", IsDeleted: false);

    private static BulkLookup<ListedSku, string, DetailItem> DetailsWith(string bad) => new(new()
    {
        Name = "details",
        IdOf = sku => sku.Key.SkuId,
        IdOfFound = item => item.SkuId,
        Fetch = (ids, _) => ValueTask.FromResult(new LookupAnswer<string, DetailItem>([.. ids.Select(id => Item(id, id == "bad" ? bad : """{"name":"x"}"""))], [], [])),
    });

    private static BulkLookup<ListedSku, string, DetailItem> Details(int batchSize, Func<IReadOnlyList<string>, bool> fails) => new(new()
    {
        Name = "details",
        IdOf = sku => sku.Key.SkuId,
        IdOfFound = item => item.SkuId,
        BatchSize = batchSize,
        Fetch = (ids, _) => fails(ids)
            ? throw new HttpFaultException(new() { Kind = HttpFaultKind.Unknown, Address = "details", Message = "The server is overloaded." })
            : ValueTask.FromResult(new LookupAnswer<string, DetailItem>([.. ids.Select(id => Item(id, """{"name":"x"}"""))], [], [])),
    });

    private static DetailItem Item(string skuId, string payload) => new() { AccountId = "a1", SkuId = skuId, Payload = JsonDocument.Parse(payload).RootElement };
}
