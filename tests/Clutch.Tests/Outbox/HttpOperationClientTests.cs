using System.Diagnostics;
using Clutch.Http;
using Clutch.Outbox.Http;
using Clutch.Outbox.Operations;
using Clutch.Tests.Http;

namespace Clutch.Tests.Outbox;

public sealed class HttpOperationClientTests
{
    private static readonly OperationHandle One = new("1");
    private static readonly OperationHandle Two = new("2");

    [Fact]
    public async Task An_operation_that_cannot_be_read_costs_the_others_nothing()
    {
        const string Unreadable = """{"id":"2","status":"Succeeded","done":true,"items":[{"itemId":"9","outcome":"DONE"}]}""";
        var client = Client((request, _) => Task.FromResult(Answer(IsForMany(request) ? $$"""{"operations":[{"id":"1","status":"Running"},{{Unreadable}}]}""" : Unreadable)));

        var statuses = await client.GetStatusAsync([One, Two], default);
        var fault = await Assert.ThrowsAsync<HttpFaultException>(() => client.GetStatusAsync([Two], default).AsTask());

        var known = Assert.Single(statuses);
        Assert.Equal((One, OperationState.Running), (known.Operation, known.State));
        Assert.Equal(HttpFaultKind.Protocol, fault.Kind);
    }

    [Fact]
    public async Task What_was_read_before_the_time_was_over_is_kept()
    {
        using var time = new CancellationTokenSource();
        var client = Client(async (request, token) =>
        {
            if (IsForMany(request))
                return Answer("""{"operations":[{"id":"1","status":"Running"},{"id":"2","status":"Succeeded","done":true,"items":[],"nextItem":"9"}]}""");
            await time.CancelAsync();
            token.ThrowIfCancellationRequested();
            throw new UnreachableException("The time is over.");
        });

        var statuses = await client.GetStatusAsync([One, Two], time.Token);

        Assert.Equal([One], statuses.Select(status => status.Operation));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => client.GetStatusAsync([Two], time.Token).AsTask());
    }

    [Fact]
    public async Task Pages_of_items_that_lead_in_a_circle_are_no_answer_and_an_empty_next_page_is_the_end()
    {
        var client = Client((request, _) => Task.FromResult(Answer(request.RequestUri!.Query switch
        {
            "" => """{"id":"1","status":"Succeeded","done":true,"items":[],"nextItem":"a"}""",
            "?after=a" => """{"id":"1","status":"Succeeded","done":true,"items":[],"nextItem":"b"}""",
            _ => """{"id":"1","status":"Succeeded","done":true,"items":[],"nextItem":"a"}""",
        })));
        var ending = Client((_, _) => Task.FromResult(Answer("""{"id":"1","status":"Succeeded","done":true,"items":[],"nextItem":""}""")));

        var fault = await Assert.ThrowsAsync<HttpFaultException>(() => client.GetStatusAsync([One], default).AsTask());
        var status = Assert.Single(await ending.GetStatusAsync([One], default));

        Assert.Equal(HttpFaultKind.Protocol, fault.Kind);
        Assert.Equal(OperationState.Succeeded, status.State);
    }

    [Fact]
    public async Task An_operation_that_is_null_costs_the_others_nothing()
    {
        var client = Client((_, _) => Task.FromResult(Answer("""{"operations":[null,{"id":"1","status":"Running"}]}""")));

        Assert.Equal([One], (await client.GetStatusAsync([One, Two], default)).Select(status => status.Operation));
    }

    [Fact]
    public async Task An_answer_that_is_too_long_is_asked_for_in_halves()
    {
        var client = Client((request, _) => Task.FromResult(Answer(IsForMany(request)
            ? $$"""{"operations":[],"padding":"{{new string('x', 70_000)}}"}"""
            : $$"""{"id":"{{request.RequestUri!.Segments[^1]}}","status":"Running"}""")));

        Assert.Equal([One, Two], (await client.GetStatusAsync([One, Two], default)).Select(status => status.Operation));
    }

    private static HttpOperationClient Client(Func<HttpRequestMessage, CancellationToken, Task<HttpResponseMessage>> answer)
    {
        var client = new HttpClient(new Scripted(answer)) { BaseAddress = new("http://test/"), Timeout = Timeout.InfiniteTimeSpan };
        return new(new HttpTarget { Channel = new HttpChannel("test", () => client, LoopbackServer.Options() with { MaxResponseBytes = 64 * 1024 }), SubmitPath = "updates" });
    }

    private static bool IsForMany(HttpRequestMessage request) => request.RequestUri!.AbsolutePath.EndsWith(":batchGet", StringComparison.Ordinal);

    private static HttpResponseMessage Answer(string json) => new() { Content = new StringContent(json, null, "application/json") };
}
