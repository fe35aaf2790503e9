using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Http.Headers;

namespace Clutch.Benchmarks.Calendar;

/// <summary>Requests at fixed moments, whether the server keeps up or not. Each is timed from the moment it was due: a server that stalls is charged for all who would have come meanwhile.</summary>
/// <remarks>A load that waits for its answers asks less when the server is slow, and so overlooks just what it should see (coordinated omission, G. Tene).</remarks>
internal static class PacedLoad
{
    /// <summary>Asks for a while.</summary>
    /// <returns>All answers in the order in which they were due; failed ones count as the time-out.</returns>
    public static async Task<IReadOnlyList<PacedAnswer>> RunAsync(Uri server, string token, double perSecond, TimeSpan time)
    {
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false, MaxConnectionsPerServer = 256, PooledConnectionLifetime = Timeout.InfiniteTimeSpan }) { BaseAddress = server, Timeout = TimeSpan.FromSeconds(30) };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        var answers = new ConcurrentQueue<PacedAnswer>();
        List<Task> requests = [];
        var startedAt = Stopwatch.GetTimestamp();
        var count = (int)(time.TotalSeconds * perSecond);
        for (var i = 0; i < count; i++)
        {
            var due = TimeSpan.FromSeconds(i / perSecond);
            var early = due - Stopwatch.GetElapsedTime(startedAt);
            if (early > TimeSpan.Zero) await Task.Delay(early, TimeProvider.System);
            requests.Add(AskAsync(client, i, due, startedAt, answers));
        }

        await Task.WhenAll(requests);
        return [.. answers.OrderBy(answer => answer.DueAt)];
    }

    private static async Task AskAsync(HttpClient client, int number, TimeSpan due, long startedAt, ConcurrentQueue<PacedAnswer> answers)
    {
        // What people do: mostly look at a month, sometimes at the list of their calendars.
        var month = (number % 12) + 1;
        var path = number % 5 == 4 ? "api/v1/events?limit=50" : FormattableString.Invariant($"api/v1/occurrences?from=2026-{month:00}-01&to=2026-{month:00}-28");
        var late = Stopwatch.GetElapsedTime(startedAt) - due;
        void Enqueue(TimeSpan time) => answers.Enqueue(new(due.TotalSeconds, late.TotalMilliseconds, time.TotalMilliseconds));
        try
        {
            using var answer = await client.GetAsync(new Uri(path, UriKind.Relative));
            answer.EnsureSuccessStatusCode();
            await answer.Content.CopyToAsync(Stream.Null);
            Enqueue(Stopwatch.GetElapsedTime(startedAt) - due);
        }
        catch (Exception fault) when (fault is TaskCanceledException or HttpRequestException { StatusCode: null or >= System.Net.HttpStatusCode.InternalServerError })
        {
            Enqueue(client.Timeout);
        }
    }
}

/// <summary>One answer of the main server.</summary>
/// <param name="DueAt">The second in which its request was due.</param>
/// <param name="LateMilliseconds">How late the load itself sent the request; within the milliseconds, too.</param>
/// <param name="Milliseconds">From the moment it was due to the last byte.</param>
internal readonly record struct PacedAnswer(double DueAt, double LateMilliseconds, double Milliseconds);
