using System.Net;
using Clutch.Client;

namespace Clutch.Server.Tests.CommandLine;

/// <summary>Following an execution of a server that does not serve.</summary>
public sealed class FollowingTests
{
    [Fact]
    public async Task A_server_that_is_never_ready_is_not_followed_for_ever()
    {
        var requestCount = 0;
        // Without a limit the following would end well, with the 204.
        using var handler = new Answering(() => ++requestCount <= 1_000 ? HttpStatusCode.ServiceUnavailable : HttpStatusCode.NoContent);
        using var client = new ClutchClient(new HttpClient(handler), new Uri("http://clutch.example.com")) { Clock = new HurriedClock() };

        var fault = await Assert.ThrowsAsync<ClutchServerException>(() => FollowAsync(client));

        Assert.Equal(HttpStatusCode.ServiceUnavailable, fault.Status);
        Assert.Equal(300, requestCount);
    }

    private static async Task FollowAsync(ClutchClient client)
    {
        await foreach (var progress in client.FollowAsync(1))
            Assert.Fail($"It came from nowhere: {progress}");
    }

    private sealed class Answering(Func<HttpStatusCode> answer) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            Task.FromResult(new HttpResponseMessage(answer()) { RequestMessage = request });
    }

    /// <summary>Every wait is over at once.</summary>
    private sealed class HurriedClock : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            base.CreateTimer(callback, state, TimeSpan.Zero, period);
    }
}
