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

    [Fact]
    public async Task A_proxy_whose_server_starts_anew_is_waited_for()
    {
        var answers = new Queue<HttpStatusCode>([HttpStatusCode.BadGateway, HttpStatusCode.GatewayTimeout, HttpStatusCode.NoContent]);
        using var handler = new Answering(answers.Dequeue);
        using var client = new ClutchClient(new HttpClient(handler), new Uri("http://clutch.example.com")) { Clock = new HurriedClock() };

        await FollowAsync(client);

        Assert.Empty(answers);
    }

    [Fact]
    public async Task A_stream_over_which_nothing_comes_is_given_up()
    {
        var requestCount = 0;
        using var handler = new Answering(() => ++requestCount <= 1_000 ? HttpStatusCode.OK : HttpStatusCode.NoContent) { Body = () => new StreamContent(new SilentStream()) };
        using var client = new ClutchClient(new HttpClient(handler), new Uri("http://clutch.example.com")) { Clock = new HurriedClock() };

        var fault = await Assert.ThrowsAsync<HttpRequestException>(() => FollowAsync(client)).WaitAsync(TimeSpan.FromMinutes(1));

        Assert.Contains("says nothing any more", fault.Message, StringComparison.Ordinal);
        Assert.Equal(300, requestCount);
    }

    private static async Task FollowAsync(ClutchClient client)
    {
        await foreach (var progress in client.FollowAsync(1))
            Assert.Fail($"It came from nowhere: {progress}");
    }

    private sealed class Answering(Func<HttpStatusCode> answer) : HttpMessageHandler
    {
        public Func<HttpContent> Body { get; init; } = () => new ByteArrayContent([]);

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            Task.FromResult(new HttpResponseMessage(answer()) { RequestMessage = request, Content = Body() });
    }

    /// <summary>As a connection to a machine that lost its power: no byte, and no end.</summary>
    private sealed class SilentStream : MemoryStream
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
            return 0;
        }
    }

    /// <summary>Every wait is over at once.</summary>
    private sealed class HurriedClock : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            base.CreateTimer(callback, state, TimeSpan.Zero, period);
    }
}
