using System.Text.Json.Serialization;
using Clutch.Executions;
using Clutch.Http;
using Clutch.Http.Lookups;
using Clutch.Http.Paging;
using Clutch.Outbox.Hosting;
using Clutch.Outbox.Http;
using Clutch.Tests.Architecture;
using Clutch.Tests.Files;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Clutch.Tests.Http;

/// <summary>The code of docs/guides/http.md, word for word; the guide receiving.md is held to the service that the database tests run.</summary>
public sealed class GuideTests
{
    [Theory]
    [InlineData("http.md", 4, "tests/Clutch.Tests/Http/GuideTests.cs")]
    [InlineData("receiving.md", 6, "tests/Clutch.Database.Tests/Receiving/StockService.cs", "tests/Clutch.Database.Tests/Receiving/GuideSetup.cs", "tests/Clutch.Tests/Http/GuideTests.cs")]
    public void Every_block_of_a_guide_stands_in_code_that_is_run(string guide, int count, params string[] sources)
    {
        var code = string.Concat(sources.Select(source => Plain(File.ReadAllText(Path.Combine(SourceTree.Root, source)))));
        var blocks = File.ReadAllText(Path.Combine(SourceTree.Root, "docs/guides", guide)).Split("```csharp\n")[1..].Select(block => block.Split("```")[0]).ToList();

        Assert.Equal(count, blocks.Count);
        Assert.All(blocks, block => Assert.Contains(Plain(block), code, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_listing_is_read_and_its_details_are_looked_up()
    {
        await using var server = await LoopbackServer.StartAsync(app =>
        {
            app.MapGet("/skus/summary", (string? cursor) => Results.Text(
                string.IsNullOrEmpty(cursor)
                    ? """{"items":[{"id":"a","updatedAt":1},{"id":"b","updatedAt":2}],"nextCursor":"x","total":3}"""
                    : """{"items":[{"id":"c","updatedAt":1}],"total":3}""",
                "application/json"));
            app.MapPost("/skus/details:batchGet", (IdsBody body) => Results.Text(
                body.Ids.Count > 1
                    ? """{"items":[{"id":"b","updatedAt":2},{"id":"a","updatedAt":0}],"notFound":["c"],"errors":[]}"""
                    : """{"items":[{"id":"a","updatedAt":0}],"notFound":[],"errors":[]}""",
                "application/json"));
        });
        var channel = server.Channel();
        var step = FileSteps.Step();
        await using var reader = new PagedReader<SkuLine>(Summary(channel));
        await reader.OpenAsync(null, step, default);
        var batch = new Items.ReadBatch<SkuLine>(10);
        while (!batch.IsEnd)
            await reader.ReadAsync(batch, default);

        var details = await Details(channel).FindAsync(batch.Items.ToArray(), default);

        Assert.Equal(["a", "b", "c"], batch.Items.ToArray().Select(line => line.Id));
        Assert.Null(Gap(step, 3));
        Assert.Equal("Nothing is deleted: The server said 3 items and listed 2 different ones.", Gap(step, 2));
        Assert.Equal("Nothing is deleted: Nothing is known of the listing's end.", Gap(FileSteps.Step(), 3));
        Assert.Equal([LookupStatus.Stale, LookupStatus.Found, LookupStatus.NotFound], details.Select(detail => detail.Status));
    }

    [Fact]
    public void A_channel_is_added_and_found_by_name()
    {
        var services = new ServiceCollection();
        AddChannel(services);
        using var provider = services.BuildServiceProvider();

        Assert.Equal(4, provider.HttpChannel("stock").ConcurrencyLimit);
        Assert.Same(provider.HttpChannel("stock"), provider.HttpChannel("stock"));
        Assert.Throws<InvalidOperationException>(() => provider.HttpChannel("another"));
    }

    [Fact]
    public void A_target_is_added_to_an_outbox()
    {
        var services = new ServiceCollection();
        services.AddHttpChannel("marketplace", new Uri("http://localhost/"));
        using var provider = services.BuildServiceProvider();

        services.AddClutchOutbox(outbox => AddTarget(outbox, provider));

        Assert.Contains(services, service => service.ServiceType == typeof(Clutch.Outbox.IOutbox));
    }

    private static void AddTarget(OutboxBuilder outbox, IServiceProvider services)
    {
        var target = new HttpTarget
        {
            Channel = services.HttpChannel("marketplace"),
            SubmitPath = "stock-updates:batch",
            Body = HttpTarget.JsonBody("accountId", "skuId"),
        };
        outbox.AddChannel("stock", _ => new HttpSubmitter(target), _ => new HttpOperationClient(target));
    }

    private static void AddChannel(IServiceCollection services)
    {
        services.AddHttpChannel("stock", new Uri("https://stock.example/api/"), _ => new HttpChannelOptions
        {
            AttemptTimeout = TimeSpan.FromSeconds(20),
            Concurrency = new() { Initial = 4, Ceiling = 16 },
            CallsPerSecond = 50,
        });
    }

    private static PagedSource<SkuLine> Summary(HttpChannel channel)
    {
        var source = new PagedSource<SkuLine>
        {
            Name = "summary",
            PageSize = 1_000,
            Key = line => line.Id,
            Fetch = async (page, cancellationToken) =>
            {
                var path = $"skus/summary?limit={page.Limit}&cursor={Uri.EscapeDataString(page.Cursor ?? "")}";
                var body = await channel.GetJsonAsync(path, GuideJson.Default.SummaryBody, cancellationToken);
                return new(body.Items, body.NextCursor, body.Total);
            },
        };
        return source;
    }

    private static string? Gap(StepContext step, long seenInThisRun)
    {
        var gap = ListingProof.Find(step.JobState, "summary") is { } proof ? proof.WithDistinct(seenInThisRun).FindGap() : "Nothing is known of the listing's end.";
        if (gap is not null)
            return $"Nothing is deleted: {gap}";
        return null;
    }

    private static BulkLookup<SkuLine, string, SkuDetail> Details(HttpChannel channel)
    {
        var lookup = new BulkLookup<SkuLine, string, SkuDetail>(new()
        {
            Name = "details",
            BatchSize = 200,
            IdOf = line => line.Id,
            IdOfFound = detail => detail.Id,
            IsStale = (line, detail) => detail.UpdatedAt < line.UpdatedAt,
            Fetch = async (ids, cancellationToken) =>
            {
                var body = await channel.PostJsonAsync("skus/details:batchGet", new IdsBody(ids), GuideJson.Default.IdsBody, GuideJson.Default.DetailsBody, cancellationToken);
                return new(body.Items, body.NotFound, [.. body.Errors.Select(error => new LookupError<string>(error.Id, error.Problem))]);
            },
        });
        return lookup;
    }

    private static string Plain(string code) => string.Join('\n', code.Split('\n').Select(line => line.Trim())).Trim();
}

internal sealed record SkuLine(string Id, long UpdatedAt);

internal sealed record SkuDetail(string Id, long UpdatedAt);

internal sealed record SummaryBody(IReadOnlyList<SkuLine> Items, string? NextCursor, long? Total);

internal sealed record IdsBody(IReadOnlyList<string> Ids);

internal sealed record DetailError(string Id, HttpProblem Problem);

internal sealed record DetailsBody(IReadOnlyList<SkuDetail> Items, IReadOnlyList<string> NotFound, IReadOnlyList<DetailError> Errors);

[JsonSourceGenerationOptions(System.Text.Json.JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(SummaryBody))]
[JsonSerializable(typeof(IdsBody))]
[JsonSerializable(typeof(DetailsBody))]
internal sealed partial class GuideJson : JsonSerializerContext;
