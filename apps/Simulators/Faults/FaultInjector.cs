using System.Globalization;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;

namespace Simulators.Faults;

/// <summary>Stands before the services and lets their calls go wrong as ordered. What is under /control/ never does.</summary>
internal sealed class FaultInjector(RequestDelegate next, FaultDesk desk, FaultLog log, FaultEndpoints endpoints, Redelivery redelivery, SimulatorOptions options, TimeProvider clock)
{
    private readonly Lock _lock = new();
    private FaultOrder? _order;
    private IReadOnlyList<RuleState> _rules = [];

    public async Task InvokeAsync(HttpContext context)
    {
        var (role, path) = Split(context.Request.Path.Value ?? "/");
        if (role == "control" || context.Request.Headers.ContainsKey(Redelivery.Header))
        {
            await next(context);
            return;
        }

        endpoints.CountCall();
        foreach (var rule in Rules())
        {
            if (rule.Matches(role, path) && rule.Meets(out var call))
            {
                await FailAsync(context, role, path, rule, call);
                return;
            }
        }

        await next(context);
    }

    private IReadOnlyList<RuleState> Rules()
    {
        lock (_lock)
        {
            if (!ReferenceEquals(_order, desk.Order))
            {
                _order = desk.Order;
                // What was injected before this process salts the seed: a restarted simulator does not repeat its faults.
                var seed = options.Seed + log.Faults.Count;
                _rules = [.. _order.Rules.Select((rule, index) => new RuleState(rule, index, seed, clock))];
            }

            return _rules;
        }
    }

    private Task FailAsync(HttpContext context, string role, string path, RuleState rule, long call)
    {
        var phase = rule.PhaseOf(call);
        var hasPhase = rule.Rule.Kind is FaultKind.ServerError or FaultKind.Reset or FaultKind.Stall or FaultKind.Status or FaultKind.Html;
        log.Record(role, path, rule.Rule.Kind.ToString(), hasPhase ? phase : null, context.Request.Headers["Idempotency-Key"] is [{ } key] ? key.Trim('"') : null);
        return rule.Rule.Kind switch
        {
            FaultKind.ServerError => AnswerAsync(context, phase, Problem.Broken),
            FaultKind.Status => AnswerAsync(context, phase, new Problem("about:blank", "As ordered.", rule.Rule.Status, rule.Rule.Status >= 500)),
            FaultKind.Html => AnswerHtmlAsync(context, phase),
            FaultKind.Reset => ResetAsync(context, phase, TimeSpan.Zero),
            FaultKind.Stall => ResetAsync(context, phase, rule.SpanOf(call)),
            FaultKind.Twice => DeliverTwiceAsync(context, rule.SpanOf(call)),
            FaultKind.Slow => SlowDownAsync(context, rule.Rule),
            FaultKind.TooMany or FaultKind.RateLimit => RefuseAsync(context, rule.SpanOf(call), rule.IsHead(call)),
            FaultKind.Truncated => TruncateAsync(context, rule.IsHead(call)),
            var kind => throw new System.Diagnostics.UnreachableException($"Unknown fault '{kind}'."),
        };
    }

    private async Task AnswerAsync(HttpContext context, FaultPhase phase, Problem problem)
    {
        await LetHappenAsync(context, phase);
        await problem.ToResult().ExecuteAsync(context);
    }

    private async Task AnswerHtmlAsync(HttpContext context, FaultPhase phase)
    {
        await LetHappenAsync(context, phase);
        await TypedResults.Content("<!doctype html><title>Sign in</title><h1>Please sign in</h1>", "text/html").ExecuteAsync(context);
    }

    private async Task ResetAsync(HttpContext context, FaultPhase phase, TimeSpan after)
    {
        await LetHappenAsync(context, phase);
        if (after > TimeSpan.Zero)
        {
            using var gone = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
            await Task.Delay(after, clock, gone.Token).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }

        // Linger 0: the peer gets RST, not FIN.
        if (context.Features.Get<IConnectionSocketFeature>() is { Socket: { } socket })
            socket.LingerState = new System.Net.Sockets.LingerOption(enable: true, 0);
        context.Abort();
    }

    private async Task DeliverTwiceAsync(HttpContext context, TimeSpan delay)
    {
        using var buffer = new MemoryStream();
        await context.Request.Body.CopyToAsync(buffer, context.RequestAborted);
        redelivery.Schedule(context.Request, buffer.ToArray(), delay);
        buffer.Position = 0;
        context.Request.Body = buffer;
        await next(context);
    }

    private Task SlowDownAsync(HttpContext context, FaultRule rule)
    {
        context.Features.Set(new Pace.Slowness(rule.Factor, options.TimeScale == 0 ? TimeSpan.FromSeconds(rule.MinSeconds) : TimeSpan.Zero));
        return next(context);
    }

    private Task RefuseAsync(HttpContext context, TimeSpan wait, bool asDate)
    {
        var seconds = (int)Math.Ceiling(wait.TotalSeconds);
        context.Response.Headers.RetryAfter = asDate ? clock.GetUtcNow().AddSeconds(seconds).ToString("R", CultureInfo.InvariantCulture) : seconds.ToString(CultureInfo.InvariantCulture);
        return Problem.Busy(seconds).ToResult().ExecuteAsync(context);
    }

    private async Task TruncateAsync(HttpContext context, bool endsProperly)
    {
        var body = await CaptureAsync(context);
        if (body.Length == 0)
        {
            // A 304 may not even say that it has a body: its connection breaks.
            context.Abort();
            return;
        }

        var half = body.AsMemory(0, body.Length / 2);
        context.Response.ContentLength = endsProperly ? half.Length : body.Length;
        await context.Response.Body.WriteAsync(half, context.RequestAborted);
        if (endsProperly)
            return;
        await context.Response.Body.FlushAsync(context.RequestAborted);
        context.Abort();
    }

    private async Task LetHappenAsync(HttpContext context, FaultPhase phase)
    {
        if (phase is not FaultPhase.After)
            return;
        await CaptureAsync(context);
        context.Response.Clear();
    }

    /// <summary>Lets the service answer into a buffer; headers and status stay on the response.</summary>
    private async Task<byte[]> CaptureAsync(HttpContext context)
    {
        var answer = context.Features.GetRequiredFeature<IHttpResponseBodyFeature>();
        using var buffer = new MemoryStream();
        var capture = new StreamResponseBodyFeature(buffer);
        context.Features.Set<IHttpResponseBodyFeature>(capture);
        try
        {
            await next(context);
            await capture.CompleteAsync();
        }
        finally
        {
            context.Features.Set(answer);
        }

        return buffer.ToArray();
    }

    private static (string Role, string Path) Split(string path)
    {
        var cut = path.IndexOf('/', 1);
        return cut < 0 ? (path.Trim('/'), "") : (path[1..cut], path[(cut + 1)..]);
    }
}
