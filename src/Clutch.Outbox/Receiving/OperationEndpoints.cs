using System.Globalization;
using System.Text.Json;
using Clutch.Http;
using Clutch.Outbox.Http;
using Clutch.Outbox.Operations;
using Clutch.Outbox.Receiving;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Microsoft.AspNetCore.Builder;

/// <summary>The endpoints that tell what became of operations.</summary>
public static class OperationEndpoints
{
    private const int MaxIds = 100;

    /// <summary>Maps <c>GET /operations/{id}</c> (<c>?fields=counts</c>, <c>?after=</c>, <c>?limit=</c>), <c>POST /operations:batchGet</c> and <c>DELETE /operations/{id}</c>. An operation is known to its caller only.</summary>
    /// <param name="routes">The application.</param>
    /// <param name="path">Where: <c>/operations</c> by default.</param>
    /// <returns>The group, for authorization and the like.</returns>
    public static RouteGroupBuilder MapOperations(this IEndpointRouteBuilder routes, string path = "/operations")
    {
        ArgumentNullException.ThrowIfNull(routes);
        ArgumentException.ThrowIfNullOrEmpty(path);
        routes.ServiceProvider.GetRequiredService<OperationPath>().Value = path.TrimEnd('/');
        var group = routes.MapGroup(string.Empty);
        group.MapGet($"{path}/{{id}}", (Delegate)GetAsync);
        group.MapPost($"{path}:batchGet", (Delegate)GetManyAsync);
        group.MapDelete($"{path}/{{id}}", (Delegate)CancelAsync);
        return group;
    }

    private static async Task<IResult> GetAsync(HttpContext context)
    {
        var reading = new OperationReading(context);
        if (reading.FindFault() is { } fault)
            return fault.ToResult();
        if (await reading.FindAsync((string)context.GetRouteValue("id")!) is not { } operation)
            return Problems.OperationUnknown.ToResult();
        if (reading.IsExpired(operation))
            return Problems.OperationExpired.ToResult();
        if (!OperationReading.IsDone(operation))
            context.Response.Headers.RetryAfter = OperationResults.WholeSeconds(reading.Options.PollAfter);
        return Results.Json(await reading.ToBodyAsync(operation), OperationJson.Default.OperationBody);
    }

    private static async Task<IResult> GetManyAsync(HttpContext context)
    {
        var reading = new OperationReading(context);
        if (reading.FindFault() is { } fault)
            return fault.ToResult();
        var (ids, problem) = await ReadIdsAsync(context);
        if (problem is not null)
            return problem.ToResult();
        var found = (await reading.FindAsync(ids)).Where(operation => !reading.IsExpired(operation)).ToList();
        var bodies = new List<OperationBody>();
        foreach (var operation in found)
            bodies.Add(await reading.ToBodyAsync(operation));
        var missing = ids.Except(found.Select(operation => operation.Id)).ToArray();
        return Results.Json(new OperationsBody { Operations = bodies, NotFound = missing }, OperationJson.Default.OperationsBody);
    }

    private static async Task<IResult> CancelAsync(HttpContext context)
    {
        var reading = new OperationReading(context);
        var id = (string)context.GetRouteValue("id")!;
        if (await reading.Store.RequestCancelAsync(id, reading.Caller, context.RequestAborted))
            return Results.StatusCode(StatusCodes.Status202Accepted);
        return (await reading.FindAsync(id) is null ? Problems.OperationUnknown : Problems.OperationEnded).ToResult();
    }

    private static async Task<(string[] Ids, HttpProblem? Problem)> ReadIdsAsync(HttpContext context)
    {
        try
        {
            var body = await JsonSerializer.DeserializeAsync(context.Request.Body, OperationJson.Default.BatchGetBody, context.RequestAborted);
            var ids = (body?.Ids ?? []).Where(id => id is not null).Distinct().ToArray();
            return ids.Length switch
            {
                0 => (ids, Problems.Malformed("The body must be an object with 'ids', a list of one id or more.")),
                > MaxIds => (ids, Problems.Malformed(string.Create(CultureInfo.InvariantCulture, $"There are too many ids: {ids.Length} of at most {MaxIds}."))),
                _ when ids.Any(static id => id.Contains('\0', StringComparison.Ordinal)) => (ids, Problems.Malformed("An id contains NUL.")),
                _ => (ids, null),
            };
        }
        catch (JsonException fault)
        {
            return ([], Problems.Malformed(fault.Message));
        }
    }
}

/// <summary>Reads operations for one request.</summary>
internal sealed class OperationReading
{
    private readonly HttpContext _context;
    private readonly DateTimeOffset _now;

    public OperationReading(HttpContext context)
    {
        _context = context;
        Options = context.RequestServices.GetRequiredService<ReceivingOptions>();
        Store = context.RequestServices.GetRequiredService<OperationStore>();
        Caller = Options.Caller(context);
        _now = (context.RequestServices.GetService<TimeProvider>() ?? TimeProvider.System).GetUtcNow();
    }

    public ReceivingOptions Options { get; }

    public OperationStore Store { get; }

    public string Caller { get; }

    private bool IsCountsOnly => _context.Request.Query["fields"] == "counts";

    public static bool IsDone(StoredOperation operation) => operation.State >= OperationState.Succeeded;

    /// <summary>What is wrong with the query, or null.</summary>
    public HttpProblem? FindFault()
    {
        if (_context.Request.Query["fields"] is [{ } fields] && fields != "counts")
            return Problems.Malformed("'fields' can be 'counts' only.");
        if (_context.Request.Query["limit"] is [{ } limit] && !(int.TryParse(limit, CultureInfo.InvariantCulture, out var number) && number is > 0 and <= 10_000))
            return Problems.Malformed("'limit' must be a number from 1 to 10,000.");
        if (_context.Request.Query["after"] is [{ } after] && !long.TryParse(after, NumberStyles.None, CultureInfo.InvariantCulture, out _))
            return Problems.Malformed("'after' must be the 'nextItem' of the page before.");
        return null;
    }

    public async ValueTask<StoredOperation?> FindAsync(string id) => (await FindAsync([id])).SingleOrDefault();

    public ValueTask<IReadOnlyList<StoredOperation>> FindAsync(string[] ids) => Store.FindAsync(ids, Caller, _context.RequestAborted);

    public bool IsExpired(StoredOperation operation) => IsDone(operation) && operation.ExpiresAt <= _now;

    public async ValueTask<OperationBody> ToBodyAsync(StoredOperation operation)
    {
        var (items, next) = IsCountsOnly || !IsDone(operation) ? (null, null) : await ListItemsAsync(operation.Id);
        return new()
        {
            Id = operation.Id,
            Status = operation.State.ToString(),
            Done = IsDone(operation),
            Counts = new() { Total = (int)operation.ItemCount, Done = (int)operation.DoneCount, Failed = (int)operation.FailedCount },
            Items = items,
            NextItem = next,
            RetryAfter = IsDone(operation) ? null : Options.PollAfter.TotalSeconds,
            ExpiresAt = operation.ExpiresAt,
        };
    }

    private async ValueTask<(IReadOnlyList<ItemBody> Items, string? Next)> ListItemsAsync(string id)
    {
        var after = _context.Request.Query["after"] is [{ } text] ? long.Parse(text, CultureInfo.InvariantCulture) : 0;
        var limit = _context.Request.Query["limit"] is [{ } most] ? int.Parse(most, CultureInfo.InvariantCulture) : Options.ItemPageSize;
        // One more than the page: whether another follows.
        var rows = await Store.ListResultsAsync(id, after, limit + 1, _context.RequestAborted);
        var page = rows.Take(limit).ToArray();
        return ([.. page.Select(row => row.Item)], rows.Count > limit ? page[^1].Ordinal.ToString(CultureInfo.InvariantCulture) : null);
    }
}
