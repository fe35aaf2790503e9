namespace Simulators.Faults;

/// <summary>Delivers a request once more, later, as a network with retries does.</summary>
internal sealed class Redelivery(TimeProvider clock, IHostApplicationLifetime lifetime, ILogger<Redelivery> logger) : IDisposable
{
    /// <summary>Marks a second copy: no fault meets it.</summary>
    public const string Header = "X-Simulator-Redelivery";

    private static readonly string[] Kept = ["Idempotency-Key", "Prefer", "traceparent", "Authorization"];

    // It calls this very process: a proxy of the environment has no part in it.
    private readonly HttpClient _client = new(new SocketsHttpHandler { UseProxy = false });

    private int _pendingCount;

    /// <summary>Second copies that are still to be delivered.</summary>
    public int PendingCount => Volatile.Read(ref _pendingCount);

    public void Schedule(HttpRequest request, byte[] body, TimeSpan delay)
    {
        var copy = new HttpRequestMessage(new HttpMethod(request.Method), new Uri($"{request.Scheme}://{request.Host}{request.Path}{request.QueryString}")) { Content = new ByteArrayContent(body) };
        copy.Content.Headers.TryAddWithoutValidation("Content-Type", request.ContentType);
        foreach (var name in Kept.Where(request.Headers.ContainsKey))
            copy.Headers.TryAddWithoutValidation(name, request.Headers[name].ToString());
        copy.Headers.Add(Header, "1");
        Interlocked.Increment(ref _pendingCount);
        _ = SendAsync(copy, delay);
    }

    public void Dispose() => _client.Dispose();

    private async Task SendAsync(HttpRequestMessage copy, TimeSpan delay)
    {
        try
        {
            await Task.Delay(delay, clock, lifetime.ApplicationStopping);
            using (copy)
            using (await _client.SendAsync(copy, lifetime.ApplicationStopping))
            {
                // What the service answers to a second copy reaches nobody.
            }
        }
        catch (Exception fault) when (fault is HttpRequestException or OperationCanceledException)
        {
            logger.SecondCopyLost(fault);
        }
        finally
        {
            Interlocked.Decrement(ref _pendingCount);
        }
    }
}

internal static partial class Log
{
    [LoggerMessage(9101, LogLevel.Warning, "A second copy of a request was not delivered")]
    public static partial void SecondCopyLost(this ILogger logger, Exception fault);
}
