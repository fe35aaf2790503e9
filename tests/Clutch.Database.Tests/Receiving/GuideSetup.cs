using Clutch.Database.Tests.Fixtures;
using Clutch.Outbox.Receiving;
using Clutch.Relational;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Clutch.Database.Tests.Receiving;

/// <summary>The set-up of docs/guides/receiving.md.</summary>
public sealed class GuideSetup
{
    [Fact]
    public async Task The_guides_service_starts_and_answers()
    {
        await using var store = new SqliteStore();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        store.AddRepository(builder.Services);
        builder.Services.AddClutchReceiving(receiving => receiving.AddQueue("stock", _ => new StockHandler()));

        await using var app = builder.Build();
        Map(app);
        await MigrateAsync(app.Services.GetRequiredService<RelationalDatabase>(), CancellationToken.None);
        await app.StartAsync();
        using var client = new HttpClient { BaseAddress = new(app.Urls.First()) };
        using var answer = await client.PostAsync("/stock-updates:batch", new StringContent("{}", null, "application/json"));

        Assert.Contains("urn:clutch:problem:idempotency-key-missing", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    private static void Map(WebApplication app)
    {
        app.MapOperations("/operations");
        app.MapPost("/stock-updates:batch", StockEndpoint.AcceptAsync).RequireIdempotencyKey();
    }

    private static async Task MigrateAsync(RelationalDatabase database, CancellationToken cancellationToken)
    {
        await ReceivingSchema.MigrateAsync(database, cancellationToken);
    }
}
