using System.Text.Json;

namespace Simulators.Faults;

/// <summary>Orders faults, and tells which were injected.</summary>
internal sealed class FaultEndpoints(FaultDesk desk, FaultLog log, Redelivery redelivery)
{
    private long _calls;

    public void CountCall() => Interlocked.Increment(ref _calls);

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/control/faults", Report);
        routes.MapPost("/control/faults", (Delegate)OrderAsync);
        routes.MapDelete("/control/faults", () =>
        {
            desk.Order = new FaultOrder();
            return Report();
        });
        routes.MapGet("/control/faults/log", WriteLogAsync);
    }

    private IResult Report() => TypedResults.Json(new FaultReport(desk.Order, Interlocked.Read(ref _calls), log.Counts, redelivery.PendingCount), FaultJson.Default.FaultReport);

    private async Task<IResult> OrderAsync(HttpContext context)
    {
        try
        {
            desk.Order = await context.Request.ReadFromJsonAsync(FaultJson.Default.FaultOrder, context.RequestAborted) ?? new FaultOrder();
            return Report();
        }
        catch (JsonException fault)
        {
            return Problem.Malformed(fault.Message).ToResult();
        }
    }

    private async Task WriteLogAsync(HttpContext context, long? after)
    {
        context.Response.ContentType = "application/x-ndjson";
        foreach (var fault in log.Faults.Where(fault => fault.Sequence > (after ?? 0)))
        {
            await JsonSerializer.SerializeAsync(context.Response.Body, fault, FaultJson.Default.InjectedFault, context.RequestAborted);
            await context.Response.Body.WriteAsync("\n"u8.ToArray(), context.RequestAborted);
        }
    }
}
