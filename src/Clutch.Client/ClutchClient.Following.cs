using System.Net;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Clutch.Client.Wire;

namespace Clutch.Client;

public sealed partial class ClutchClient
{
    private static readonly TimeSpan ReconnectDelay = TimeSpan.FromSeconds(1);

    // A server gives a sign of life at least each five minutes (Live:Heartbeat). One whose machine vanished never says that the connection is over.
    private static readonly TimeSpan LongestSilence = TimeSpan.FromMinutes(5.5);

    /// <summary>Waits between two connections: the system's, but for tests.</summary>
    internal TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Follows an execution up to its end: a value whenever something changed, the last one ended.</summary>
    /// <remarks>A stream that breaks is taken up where it broke, for up to five minutes without a word from the server; then it throws.</remarks>
    public async IAsyncEnumerable<ProgressView> FollowAsync(long id, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var stream = new Followed(this, id);
        while (!stream.HasEnded)
        {
            await foreach (var progress in stream.ReadOnceAsync(cancellationToken))
                yield return progress;
            if (!stream.HasEnded)
                await Task.Delay(ReconnectDelay, Clock, cancellationToken);
        }
    }

    private async Task<HttpResponseMessage> OpenStreamAsync(long id, string? lastEventId, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"{PathOf(id)}/events", UriKind.Relative));
        if (lastEventId is not null)
            request.Headers.TryAddWithoutValidation("Last-Event-ID", lastEventId);
        return await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
    }

    /// <summary>One execution's stream over as many connections as it takes.</summary>
    private sealed class Followed(ClutchClient client, long id)
    {
        private const int MaxFailures = 300;
        private static readonly TimeSpan Patience = MaxFailures * ReconnectDelay;
        private string? _lastEventId;
        private int _failures;
        private long _brokenAt;

        public bool HasEnded { get; private set; }

        public async IAsyncEnumerable<ProgressView> ReadOnceAsync([EnumeratorCancellation] CancellationToken cancellationToken)
        {
            using var response = await TryAsync<HttpResponseMessage>(async () => await client.OpenStreamAsync(id, _lastEventId, cancellationToken), cancellationToken);
            if (response is null)
                yield break;
            // A server that starts or drains says "not now", or a proxy before it does, but not for ever.
            if (response.StatusCode is not (HttpStatusCode.ServiceUnavailable or HttpStatusCode.BadGateway or HttpStatusCode.GatewayTimeout) || IsHopeless())
                await ThrowIfRefusedAsync(response, cancellationToken);
            if (response.StatusCode is HttpStatusCode.NoContent)
                HasEnded = true;
            if (response.StatusCode is not HttpStatusCode.OK)
                yield break;
            await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
            using var silence = new CancellationTokenSource(LongestSilence, client.Clock);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(silence.Token, cancellationToken);
            await using var events = SseParser.Create(body).EnumerateAsync(either.Token).GetAsyncEnumerator(either.Token);
            while (await TryAsync(async () => await events.MoveNextAsync() ? events : null, cancellationToken) is not null)
            {
                silence.CancelAfter(LongestSilence);
                if (Take(events.Current) is { } progress)
                    yield return progress;
            }
        }

        private ProgressView? Take(SseItem<string> item)
        {
            _failures = 0;
            if (item.EventType is not ("progress" or "ended"))
                return null;
            _lastEventId = item.EventId;
            HasEnded = item.EventType == "ended";
            return JsonSerializer.Deserialize(item.Data, WireJson.Default.ProgressView);
        }

        private bool IsHopeless()
        {
            if (_failures++ == 0)
                _brokenAt = client.Clock.GetTimestamp();
            return _failures >= MaxFailures || client.Clock.GetElapsedTime(_brokenAt) >= Patience;
        }

        // A connection that breaks, or over which nothing comes, ends one stream, not the following.
        private async Task<T?> TryAsync<T>(Func<Task<T?>> read, CancellationToken cancellationToken)
            where T : class
        {
            try
            {
                return await read();
            }
            catch (Exception fault) when (fault is HttpRequestException or IOException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
            {
                if (!IsHopeless())
                    return null;
                if (fault is OperationCanceledException)
                    throw new HttpRequestException("The server says nothing any more. Look whether it runs, and follow the execution again.", fault);
                throw;
            }
        }
    }
}
