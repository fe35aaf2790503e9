using System.Net;
using System.Text.Json;

namespace Apps.Tests.Simulators;

/// <summary>The stock system keeps its contract, and stays the same from the same seed and across a kill.</summary>
public sealed class StockTests
{
    [Fact]
    public async Task The_summary_lists_every_sku_once_page_by_page()
    {
        await using var stock = await SimulatorProcess.StartAsync("stock", "--skus", "230");

        var pages = await ReadPagesAsync(stock, "stock/skus/summary?limit=100");

        Assert.Equal([100, 100, 30], pages.Select(page => page.GetProperty("items").GetArrayLength()));
        Assert.All(pages, page => Assert.Equal(230, page.GetProperty("total").GetInt32()));
        Assert.Equal(230, pages.SelectMany(SkusOf).Distinct().Count());
    }

    [Fact]
    public async Task Key_ranges_cut_the_listing_without_gap_or_overlap()
    {
        await using var stock = await SimulatorProcess.StartAsync("stock", "--skus", "230");
        var ranges = (await stock.GetAsync("stock/skus/summary/ranges?count=4")).GetProperty("ranges").EnumerateArray().ToList();

        var listed = new List<string>();
        foreach (var range in ranges)
            listed.AddRange((await ReadPagesAsync(stock, $"stock/skus/summary?limit=20&from={range.GetProperty("from")}&to={range.GetProperty("to")}")).SelectMany(SkusOf));

        Assert.Equal(4, ranges.Count);
        Assert.Equal(230, listed.Count);
        Assert.Equal(230, listed.Distinct().Count());
    }

    [Fact]
    public async Task Every_requested_id_is_an_item_or_not_found()
    {
        await using var stock = await SimulatorProcess.StartAsync("stock", "--skus", "50");

        var answer = await stock.PostAsync("stock/skus/details:batchGet", """{"ids":["S0000001","S0000050","S0000051","nonsense"]}""");

        Assert.Equal(["S0000050", "S0000001"], answer.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("skuId").GetString()));
        Assert.Equal(["S0000051", "nonsense"], answer.GetProperty("notFound").EnumerateArray().Select(id => id.GetString()));
    }

    [Fact]
    public async Task Too_many_ids_are_refused_with_413()
    {
        await using var stock = await SimulatorProcess.StartAsync("stock", "--skus", "50");
        await stock.PostAsync("control/faults", """{"stock":{"maxIds":2}}""");

        using var answer = await stock.SendAsync("stock/skus/details:batchGet", """{"ids":["S0000001","S0000002","S0000003"]}""");

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
    }

    [Fact]
    public async Task Generations_change_delete_and_add_the_ordered_shares_and_the_summary_tells_what_changed_since()
    {
        await using var stock = await SimulatorProcess.StartAsync("stock", "--skus", "10000");
        var first = await TruthAsync(stock);

        await stock.PostAsync("control/stock/generation?number=2");
        var second = await TruthAsync(stock);
        var since = Uri.EscapeDataString(first.Values.Max(sku => sku.GetProperty("updatedAt").GetString())!);
        var delta = await ReadPagesAsync(stock, $"stock/skus/summary?updatedSince={since}");

        var deleted = second.Values.Count(sku => sku.GetProperty("deleted").GetBoolean());
        var changed = first.Keys.Count(sku => !second[sku].GetProperty("deleted").GetBoolean() && HashOf(first[sku]) != HashOf(second[sku]));
        Assert.InRange(deleted, 60, 140);
        Assert.InRange(changed, 400, 600);
        Assert.Equal(10_100, second.Count);
        Assert.Equal(changed + 100, delta.SelectMany(SkusOf).Count(sku => !first.TryGetValue(sku, out var before) || HashOf(before) != HashOf(second[sku])));
    }

    [Fact]
    public async Task Half_of_what_generation_three_changes_changes_once_more_and_generation_four_changes_nothing()
    {
        await using var stock = await SimulatorProcess.StartAsync("stock", "--skus", "2000");
        await stock.PostAsync("control/stock/generation?number=2");
        var second = await TruthAsync(stock);

        await stock.PostAsync("control/stock/generation?number=3&secondChangeMilliseconds=1");
        var third = await WaitForTruthAsync(stock, truth => truth.Any(sku => Revisions(sku, second) == 2));
        await stock.PostAsync("control/stock/generation?number=4");

        var (once, twice) = (third.Count(sku => Revisions(sku, second) == 1), third.Count(sku => Revisions(sku, second) == 2));
        Assert.InRange(once, 25, 80);
        Assert.InRange(twice, 25, 80);
        Assert.Equal(third.Values.Select(HashOf), (await TruthAsync(stock)).Values.Select(HashOf));
    }

    [Fact]
    public async Task The_second_change_of_the_third_generation_comes_also_after_a_kill()
    {
        await using var stock = await SimulatorProcess.StartAsync("stock", "--skus", "1000");
        await stock.PostAsync("control/stock/generation?number=2");
        var second = await TruthAsync(stock);

        await stock.PostAsync("control/stock/generation?number=3&secondChangeMilliseconds=2000");
        await stock.KillAsync();
        await stock.StartAsync();

        await WaitForTruthAsync(stock, truth => truth.Any(sku => Revisions(sku, second) == 2));
    }

    [Fact]
    public async Task A_toggled_sku_returns_to_its_first_content()
    {
        await using var stock = await SimulatorProcess.StartAsync("stock", "--skus", "100");
        async Task<string> HashesAsync() => string.Concat((await TruthAsync(stock)).Values.Where(sku => sku.GetProperty("toggled").GetBoolean()).Select(HashOf));
        var first = await HashesAsync();

        await stock.PostAsync("control/stock/toggle");
        var other = await HashesAsync();
        await stock.PostAsync("control/stock/toggle");

        Assert.NotEqual(first, other);
        Assert.Equal(first, await HashesAsync());
        Assert.Equal(5 * 64, first.Length);
    }

    [Fact]
    public async Task The_catalogue_survives_a_kill()
    {
        await using var stock = await SimulatorProcess.StartAsync("stock", "--skus", "500", "--seed", "9");
        await stock.PostAsync("control/stock/generation?number=2");
        await stock.PostAsync("control/stock/change?percent=10");
        var before = await stock.ReadLinesAsync("control/stock/truth");

        await stock.KillAsync();
        await stock.StartAsync();

        Assert.Equal(before.Select(line => line.GetRawText()), (await stock.ReadLinesAsync("control/stock/truth")).Select(line => line.GetRawText()));
        Assert.Equal(2, (await stock.GetAsync("control/stock")).GetProperty("generation").GetInt32());
    }

    [Fact]
    public async Task Answers_are_as_wrong_as_ordered_and_each_fault_is_listed()
    {
        await using var stock = await SimulatorProcess.StartAsync("stock", "--skus", "1000", "--seed", "4");
        await stock.PostAsync("control/faults", """{"stock":{"repeatedRate":0.05,"shiftedRate":1,"omittedRate":0.05}}""");

        var listed = (await ReadPagesAsync(stock, "stock/skus/summary?limit=100")).SelectMany(SkusOf).ToList();
        var ids = JsonSerializer.Serialize(new { ids = Enumerable.Range(1, 1000).Select(number => $"S{number:D7}") });
        var details = await stock.PostAsync("stock/skus/details:batchGet", ids);
        var counts = (await stock.GetAsync("control/faults")).GetProperty("counts");

        Assert.InRange(1000 - listed.Distinct().Count(), 9, 27);
        Assert.Equal(listed.Count - listed.Distinct().Count(), counts.GetProperty("stock/Repeated").GetInt32());
        Assert.Equal(1000 - details.GetProperty("items").GetArrayLength(), counts.GetProperty("stock/Omitted").GetInt32());
        Assert.InRange(counts.GetProperty("stock/Omitted").GetInt32(), 25, 80);
    }

    private static async Task<List<JsonElement>> ReadPagesAsync(SimulatorProcess stock, string path)
    {
        var pages = new List<JsonElement> { await stock.GetAsync(path) };
        while (pages[^1].GetProperty("nextCursor").GetString() is { } cursor)
            pages.Add(await stock.GetAsync($"{path}&cursor={Uri.EscapeDataString(cursor)}"));
        return pages;
    }

    private static async Task<Dictionary<string, JsonElement>> WaitForTruthAsync(SimulatorProcess stock, Predicate<Dictionary<string, JsonElement>> isAsHoped)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (true)
        {
            var truth = await TruthAsync(stock);
            if (isAsHoped(truth))
                return truth;
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, deadline.Token);
        }
    }

    private static async Task<Dictionary<string, JsonElement>> TruthAsync(SimulatorProcess stock) =>
        (await stock.ReadLinesAsync("control/stock/truth")).ToDictionary(sku => sku.GetProperty("skuId").GetString()!, StringComparer.Ordinal);

    private static int Revisions(KeyValuePair<string, JsonElement> sku, Dictionary<string, JsonElement> before) =>
        sku.Value.GetProperty("revision").GetInt32() - before[sku.Key].GetProperty("revision").GetInt32();

    private static string HashOf(JsonElement sku) => sku.GetProperty("hash").GetString()!;

    private static IEnumerable<string> SkusOf(JsonElement page) => page.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("skuId").GetString()!);
}
