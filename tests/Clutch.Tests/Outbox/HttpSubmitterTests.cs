using System.Net;
using System.Text;
using Clutch.Outbox.Http;
using Clutch.Outbox.Submitting;
using Clutch.Tests.Http;

namespace Clutch.Tests.Outbox;

public sealed class HttpSubmitterTests
{
    [Fact]
    public async Task A_message_that_makes_no_body_is_found_like_one_that_the_target_refuses()
    {
        var calls = 0;
        var submitter = Submitter(request =>
        {
            calls++;
            return new(HttpStatusCode.NoContent);
        });

        var result = await submitter.SubmitAsync(Submission("""{"sku":1}""", "{sku"), default);
        var other = await submitter.SubmitAsync(Submission("""{"sku":1}"""), default);

        var problem = Assert.IsType<SubmitResult.Invalid>(result).Problem;
        Assert.Equal("invalid-body", problem.Type);
        Assert.Contains("must be JSON", problem.Detail, StringComparison.Ordinal);
        Assert.IsType<SubmitResult.Completed>(other);
        Assert.Equal(1, calls);
    }

    [Theory]
    [InlineData("/operations/7", "/operations/7")]
    [InlineData("operations/7?x=1", "operations/7?x=1")]
    [InlineData("http://test/operations/7", "http://test/operations/7")]
    [InlineData("http://elsewhere/operations/7", null)]
    [InlineData("https://test/operations/7", null)]
    [InlineData("http://test:8080/operations/7", null)]
    [InlineData("//elsewhere/operations/7", null)]
    public async Task A_status_url_of_another_server_is_not_followed(string given, string? followed)
    {
        var submitter = Submitter(_ => new(HttpStatusCode.Accepted) { Content = new StringContent($$"""{"statusUrl":"{{given}}"}""", null, "application/json") });

        var result = await submitter.SubmitAsync(Submission("{}"), default);

        Assert.Equal(followed, Assert.IsType<SubmitResult.Accepted>(result).Operation.StatusUrl);
    }

    [Theory]
    [InlineData("\\u0000", 1)]
    [InlineData("7", 2_001)]
    public async Task An_operation_id_that_no_store_can_keep_stops_the_channel_with_the_reason(string part, int times)
    {
        var id = string.Concat(Enumerable.Repeat(part, times));
        var submitter = Submitter(_ => new(HttpStatusCode.Accepted) { Content = new StringContent($$"""{"correlationId":"{{id}}"}""", null, "application/json") });

        var result = await submitter.SubmitAsync(Submission("{}"), default);

        var problem = Assert.IsType<SubmitResult.ChannelFault>(result).Problem;
        Assert.Contains("operation id that cannot be kept", problem.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_status_url_that_no_store_can_keep_gives_way_to_the_path()
    {
        var submitter = Submitter(_ => new(HttpStatusCode.Accepted) { Content = new StringContent("""{"correlationId":"7","statusUrl":"/operations/7?\u0000"}""", null, "application/json") });

        var result = await submitter.SubmitAsync(Submission("{}"), default);

        var operation = Assert.IsType<SubmitResult.Accepted>(result).Operation;
        Assert.Equal(("7", null), (operation.CorrelationId, operation.StatusUrl));
    }

    [Theory]
    [InlineData(HttpStatusCode.OK, "{}", "neither 'items' nor 'results'")]
    [InlineData(HttpStatusCode.OK, """{"errors":[{"itemId":"1"}]}""", "neither 'items' nor 'results'")]
    [InlineData(HttpStatusCode.MultiStatus, """{"items":[null]}""", "is null")]
    [InlineData(HttpStatusCode.Accepted, """{"correlationId":"7","rejected":[null]}""", "is null")]
    public async Task An_answer_without_results_that_can_be_read_stops_the_channel_and_counts_for_nothing(HttpStatusCode status, string body, string reason)
    {
        var submitter = Submitter(_ => new(status) { Content = new StringContent(body, null, "application/json") });

        var result = await submitter.SubmitAsync(Submission("{}"), default);

        Assert.Contains(reason, Assert.IsType<SubmitResult.ChannelFault>(result).Problem.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(400, "text/html", typeof(SubmitResult.ChannelFault))]
    [InlineData(400, "application/problem+json", typeof(SubmitResult.Invalid))]
    [InlineData(421, "application/json", typeof(SubmitResult.ChannelFault))]
    [InlineData(425, "application/json", typeof(SubmitResult.NotAccepted))]
    public async Task A_refusal_that_is_none_of_the_content_burns_no_message(int status, string contentType, Type expected)
    {
        var submitter = Submitter(_ => new((HttpStatusCode)status) { Content = new StringContent("{}", null, contentType) });

        Assert.IsType(expected, await submitter.SubmitAsync(Submission("{}"), default));
    }

    [Theory]
    [InlineData(400, "urn:clutch:problem:idempotency-key-missing", typeof(SubmitResult.ChannelFault))]
    [InlineData(400, "urn:clutch:problem:idempotency-key-malformed", typeof(SubmitResult.ChannelFault))]
    [InlineData(422, "https://api.test/idempotency-key-required", typeof(SubmitResult.ChannelFault))]
    [InlineData(400, "https://developer.example.com/idempotency", typeof(SubmitResult.ChannelFault))]
    [InlineData(400, "https://docs.api-versioning.org/problems#unsupported", typeof(SubmitResult.ChannelFault))]
    [InlineData(400, "https://api.test/idempotency-key-reuse", typeof(SubmitResult.KeyConflict))]
    [InlineData(422, "https://developer.example.com/idempotency", typeof(SubmitResult.KeyConflict))]
    [InlineData(400, "https://api.test/unknown-sku", typeof(SubmitResult.Invalid))]
    [InlineData(422, "about:blank", typeof(SubmitResult.Invalid))]
    public async Task A_refusal_that_names_the_key_or_the_version_of_the_api_is_none_of_the_content(int status, string type, Type expected)
    {
        var submitter = Submitter(_ => new((HttpStatusCode)status) { Content = new StringContent($$"""{"type":"{{type}}"}""", null, "application/problem+json") });

        Assert.IsType(expected, await submitter.SubmitAsync(Submission("{}"), default));
    }

    private static HttpSubmitter Submitter(Func<HttpRequestMessage, HttpResponseMessage> answer)
    {
        var client = new HttpClient(new Scripted((request, _) => Task.FromResult(answer(request)))) { BaseAddress = new("http://test/"), Timeout = Timeout.InfiniteTimeSpan };
        return new(new HttpTarget { Channel = new("test", () => client, LoopbackServer.Options()), SubmitPath = "updates" });
    }

    private static Submission Submission(params string[] bodies) => new()
    {
        Id = 1,
        IdempotencyKey = "0199d8a0-0000-7000-8000-000000000001",
        Channel = "stock",
        Group = "acme",
        Attempt = 1,
        Items = [.. bodies.Select((body, i) => new SubmissionItem { MessageId = i + 1, Key = $"sku-{i}", Version = 1, Type = "UPSERT", Body = Encoding.UTF8.GetBytes(body) })],
    };
}
