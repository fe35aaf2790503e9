using System.Text.Json;

namespace Simulators.Stock;

/// <summary>Moves the stock on, and tells its truth.</summary>
internal sealed class StockControl(StockDesk desk, StockCatalogue catalogue, StockEndpoints endpoints, SimulatorOptions options, TimeProvider clock, IHostApplicationLifetime lifetime)
{
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/control/stock", () => TypedResults.Json(endpoints.State, StockJson.Default.StockState));
        routes.MapPost("/control/stock/generation", Begin);
        routes.MapPost("/control/stock/toggle", () => Let(StockEventKind.Toggle, 0));
        routes.MapPost("/control/stock/change", (double percent) => Let(StockEventKind.Change, percent));
        routes.MapPost("/control/stock/delete", (double percent) => Let(StockEventKind.Delete, percent));
        routes.MapPost("/control/stock/add", (double percent) => Let(StockEventKind.Add, percent));
        routes.MapPost("/control/stock/return", () => Let(StockEventKind.Return, 0));
        routes.MapGet("/control/stock/truth", WriteTruthAsync);
        if (desk.SecondChangeAt is { } at)
            _ = ChangeAgainAsync(at);
    }

    private IResult Begin(int number, int? secondChangeMilliseconds)
    {
        if (number != catalogue.Generation + 1)
            return Problem.Invalid($"Generation {catalogue.Generation} is the last; generation {number} cannot follow it.").ToResult();
        var happened = desk.Let(StockEventKind.Generation, number, secondChangeAfter: number == 3 ? TimeSpan.FromMilliseconds(secondChangeMilliseconds ?? 1_000) : null);
        if (happened.SecondChangeAt is { } at)
            _ = ChangeAgainAsync(at);
        return TypedResults.Json(endpoints.State, StockJson.Default.StockState);
    }

    private async Task ChangeAgainAsync(DateTimeOffset at)
    {
        var wait = at - clock.GetUtcNow();
        await Task.Delay(wait > TimeSpan.Zero ? wait : TimeSpan.Zero, clock, lifetime.ApplicationStopping);
        desk.Let(StockEventKind.SecondChange);
    }

    private IResult Let(StockEventKind kind, double percent)
    {
        desk.Let(kind, percent: percent);
        return TypedResults.Json(endpoints.State, StockJson.Default.StockState);
    }

    private async Task WriteTruthAsync(HttpContext context)
    {
        context.Response.ContentType = "application/x-ndjson";
        foreach (var entry in catalogue.Snapshot())
        {
            var truth = new StockTruth(entry.AccountId, entry.SkuId, entry.Revision, entry.UpdatedAt, entry.IsDeleted, entry.Kind is StockEntryKind.Bad,
                entry.Kind is StockEntryKind.Toggled, StockEntry.HashOf(entry.Content(options.Seed)));
            await JsonSerializer.SerializeAsync(context.Response.Body, truth, StockJson.Default.StockTruth, context.RequestAborted);
            await context.Response.Body.WriteAsync("\n"u8.ToArray(), context.RequestAborted);
        }
    }
}
