using System.Net;
using Clutch.Outbox.Submitting;
using Clutch.Server.Alerts.Delivery;

namespace Clutch.Server.Tests.Alerts;

/// <summary>What an answer of a target means, or none.</summary>
public sealed class HttpAnswersTests
{
    [Fact]
    public async Task A_connection_that_is_not_made_in_time_costs_no_try()
    {
        using var handler = new SocketsHttpHandler
        {
            UseProxy = false,
            ConnectTimeout = TimeSpan.FromMilliseconds(50),
            ConnectCallback = async (_, token) =>
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);
                return Stream.Null;
            },
        };

        var result = await SendAsync(handler);

        var refused = Assert.IsType<SubmitResult.NotAccepted>(result);
        Assert.Equal("The target cannot be reached: no connection within the connect time-out.", refused.Problem.Detail);
    }

    [Theory]
    [InlineData("120", 120)]
    [InlineData("Sun, 29 Nov 2026 10:01:00 GMT", 60)]
    [InlineData("Sun, 29 Nov 2026 09:00:00 GMT", null)]
    [InlineData(null, null)]
    public async Task A_wish_to_wait_is_read_as_seconds_and_as_date(string? wish, int? seconds)
    {
        using var handler = new Answering(() =>
        {
            var response = new HttpResponseMessage(HttpStatusCode.ServiceUnavailable);
            response.Headers.TryAddWithoutValidation("Date", "Sun, 29 Nov 2026 10:00:00 GMT");
            if (wish is not null)
                response.Headers.TryAddWithoutValidation("Retry-After", wish);
            return response;
        });

        var result = await SendAsync(handler);

        Assert.Equal(seconds is { } wait ? TimeSpan.FromSeconds(wait) : null, Assert.IsType<SubmitResult.Unknown>(result).RetryAfter);
    }

    private static async Task<SubmitResult> SendAsync(HttpMessageHandler handler)
    {
        using var http = new HttpClient(handler, disposeHandler: false) { Timeout = Timeout.InfiniteTimeSpan };
        using var request = new HttpRequestMessage(HttpMethod.Post, "http://silent.invalid/");
        return await HttpAnswers.SendAsync(http, request, "1", CancellationToken.None);
    }

    private sealed class Answering(Func<HttpResponseMessage> answer) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) => Task.FromResult(answer());
    }
}
