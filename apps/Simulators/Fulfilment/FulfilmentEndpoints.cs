using System.Globalization;
using Simulators.Faults;

namespace Simulators.Fulfilment;

/// <summary>The internal API as its callers see it: bulk updates accepted with 202, operations to ask about.</summary>
internal sealed class FulfilmentEndpoints(SubmissionReader reader, OperationStore store, UpdateApplier applier, ApplyWorkers workers, SimulatorOptions options, FaultDesk faults, FaultLog log, Pace pace)
{
    private long _submitCalls;
    private long _statusCalls;

    public long SubmitCallCount => Interlocked.Read(ref _submitCalls);

    public long StatusCallCount => Interlocked.Read(ref _statusCalls);

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/fulfilment/sku-updates:batch", (Delegate)SubmitAsync);
        routes.MapPost("/fulfilment/sku-updates:sync", (Delegate)UpdateAsync);
        routes.MapGet("/fulfilment/operations/{id}", GetAsync);
        routes.MapPost("/fulfilment/operations:batchGet", (Delegate)GetManyAsync);
        routes.MapDelete("/fulfilment/operations/{id}", CancelAsync);
    }

    private async Task<IResult> SubmitAsync(HttpContext context)
    {
        var call = Interlocked.Increment(ref _submitCalls);
        if (!context.Request.Headers["Prefer"].ToString().Contains("respond-async", StringComparison.OrdinalIgnoreCase) || AnswersAtOnce(call))
            return await UpdateAsync(context);
        var (submission, problem) = await reader.ReadAsync(context.Request);
        if (submission is null)
            return problem!.ToResult();
        await pace.WaitAsync(context, options.Latencies.SubmitCall + (options.Latencies.SubmitPerItem * submission.Items.Count));
        if (!workers.HasRoomFor(submission.Items.Count))
            return Busy(context);

        var accepted = await store.AcceptAsync(submission, isAnsweredAtOnce: false);
        if (accepted.Kind is AcceptKind.KeyReused)
            return Problem.KeyReused.ToResult();
        if (accepted.Waiting.Count > 0)
            workers.Enqueue(new Slice(accepted.OperationId, submission.AccountId, accepted.Waiting));
        return Accepted(context, accepted, submission);
    }

    private IResult Accepted(HttpContext context, AcceptResult accepted, Submission submission)
    {
        var statusUrl = $"{context.Request.Scheme}://{context.Request.Host}/fulfilment/operations/{accepted.OperationId}";
        context.Response.Headers.Location = statusUrl;
        context.Response.Headers.RetryAfter = WholeSeconds(workers.Backlog);
        context.Response.Headers["Preference-Applied"] = "respond-async";
        return TypedResults.Json(new AcceptedAnswer(accepted.OperationId, statusUrl, submission.Items.Count, submission.Rejected, workers.Backlog.TotalSeconds), FulfilmentJson.Default.AcceptedAnswer, statusCode: 202);
    }

    /// <summary>The same update, answered when it is applied: 200 when every item went through, 207 otherwise.</summary>
    private async Task<IResult> UpdateAsync(HttpContext context)
    {
        var (submission, problem) = await reader.ReadAsync(context.Request);
        if (submission is null)
            return problem!.ToResult();
        await pace.WaitAsync(context, options.Latencies.SyncCall + (options.Latencies.SyncPerItem * submission.Items.Count));
        var accepted = await store.AcceptAsync(submission, isAnsweredAtOnce: true);
        if (accepted.Kind is AcceptKind.KeyReused)
            return Problem.KeyReused.ToResult();
        if (submission.Items.Count > 0)
            await applier.ApplyAsync(new Slice(accepted.OperationId, submission.AccountId, submission.Items));
        var results = store.Find(accepted.OperationId, null, int.MaxValue - 1, withItems: true)?.Items ?? [];
        results = [.. results, .. submission.Rejected.Select(item => new ItemOutcome(item.ItemId, "Failed", item.Problem, Retryable: false))];
        return TypedResults.Json(new SynchronousAnswer(accepted.OperationId, results), FulfilmentJson.Default.SynchronousAnswer, statusCode: results.All(item => item.Problem is null) ? 200 : 207);
    }

    private async Task<IResult> GetAsync(HttpContext context, string id, string? fields, string? after, int? limit)
    {
        Interlocked.Increment(ref _statusCalls);
        await pace.WaitAsync(context, options.Latencies.StatusCall);
        if (store.Find(id, after, Math.Clamp(limit ?? 1_000, 1, 10_000), fields != "counts") is not { } operation)
            return Problem.NotKnown($"Operation '{id}'").ToResult();
        if (!operation.Done)
            context.Response.Headers.RetryAfter = WholeSeconds(workers.Backlog);
        return TypedResults.Json(WithWish(operation), FulfilmentJson.Default.OperationView);
    }

    private async Task<IResult> GetManyAsync(HttpContext context)
    {
        Interlocked.Increment(ref _statusCalls);
        var request = await context.Request.ReadFromJsonAsync(FulfilmentJson.Default.OperationsRequest, context.RequestAborted);
        if (request?.Ids is not { } ids)
            return Problem.Malformed("The body must be an object with 'ids', a list of texts.").ToResult();
        if (ids.Count > 100)
            return Problem.TooMany(100).ToResult();
        await pace.WaitAsync(context, options.Latencies.StatusCall);
        var found = ids.Select(id => store.Find(id, null, 10_000, withItems: true)).OfType<OperationView>().Select(WithWish).ToList();
        context.Response.Headers.RetryAfter = WholeSeconds(workers.Backlog);
        return TypedResults.Json(new OperationsAnswer(found, [.. ids.Except(found.Select(operation => operation.Id), StringComparer.Ordinal)]), FulfilmentJson.Default.OperationsAnswer);
    }

    private OperationView WithWish(OperationView operation) => operation.Done ? operation : operation with { RetryAfter = workers.Backlog.TotalSeconds };

    private async Task<IResult> CancelAsync(string id) => await store.CancelAsync(id) ? TypedResults.Accepted((string?)null) : Problem.NotKnown($"Operation '{id}'").ToResult();

    private IResult Busy(HttpContext context)
    {
        log.Record("fulfilment", "sku-updates:batch", "QueueFull");
        context.Response.Headers.RetryAfter = WholeSeconds(workers.Backlog);
        return Problem.Busy(int.Parse(WholeSeconds(workers.Backlog), CultureInfo.InvariantCulture)).ToResult();
    }

    private bool AnswersAtOnce(long call)
    {
        var rate = faults.Order.Fulfilment.SynchronousRate;
        if (rate == 0 || Draw.Unit(options.Seed, call, 88) >= rate)
            return false;
        log.Record("fulfilment", "sku-updates:batch", "Synchronous");
        return true;
    }

    private static string WholeSeconds(TimeSpan span) => Math.Max(1, (int)Math.Ceiling(span.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
}
