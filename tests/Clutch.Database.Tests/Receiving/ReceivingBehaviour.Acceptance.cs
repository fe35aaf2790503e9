using System.Net;
using System.Net.Http.Json;
using System.Text;
using Clutch.Database.Tests.Fixtures;

namespace Clutch.Database.Tests.Receiving;

/// <summary>The server half: what is taken, what is refused, and what a key means.</summary>
public abstract partial class ReceivingBehaviour
{
    [SkippableFact]
    public async Task A_request_is_accepted_applied_and_told_item_by_item()
    {
        await using var store = open();
        await using var service = await StartAsync(store);

        using var accepted = await SendAsync(service, "k1", Body("a1", ("1", "sku-1", 3), ("2", "sku-2", 1), ("3", "", 1)));

        Assert.Equal(HttpStatusCode.Accepted, accepted.StatusCode);
        Assert.Equal("respond-async", accepted.Headers.GetValues("Preference-Applied").Single());
        var body = await JsonAsync(accepted);
        Assert.Equal((TimeSpan.FromSeconds(1), 0.05), (accepted.Headers.RetryAfter!.Delta, body.GetProperty("retryAfter").GetDouble()));
        Assert.Equal(accepted.Headers.Location!.OriginalString, body.GetProperty("statusUrl").GetString());
        Assert.Equal(2, body.GetProperty("acceptedCount").GetInt32());
        Assert.Equal("3", body.GetProperty("rejected")[0].GetProperty("itemId").GetString());
        var ended = await EndOfAsync(service, accepted.Headers.Location!);
        Assert.Equal("Succeeded", ended.GetProperty("status").GetString());
        Assert.Equal(["1=APPLIED", "2=APPLIED"], Outcomes(ended));
        Assert.Equal(["a1/sku-1@3", "a1/sku-2@1"], await LedgerAsync(service));
    }

    [SkippableFact]
    public async Task The_same_key_twenty_times_at_once_is_one_operation()
    {
        await using var store = open();
        await using var service = await StartAsync(store);

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => SendAsync(service, "same", Body("a1", ("1", "sku-1", 1)))));

        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode));
        Assert.Single(answers.Select(answer => answer.Headers.Location!.OriginalString).Distinct());
        await EndOfAsync(service, answers[0].Headers.Location!);
        Assert.Equal(1, await service.Database.CountAsync("clutch_operation"));
        Assert.Equal(1, await service.Database.CountAsync("clutch_idempotency_record"));
        Assert.Equal(["a1/sku-1@1"], await LedgerAsync(service));
    }

    [SkippableFact]
    public async Task A_key_that_is_sent_again_later_gets_the_same_answer_and_no_second_effect()
    {
        await using var store = open();
        await using var service = await StartAsync(store);
        using var first = await SendAsync(service, "k1", Body("a1", ("1", "sku-1", 1), ("2", "", 0)));
        await EndOfAsync(service, first.Headers.Location!);

        using var second = await SendAsync(service, "\"k1\"", Body("a1", ("1", "sku-1", 1), ("2", "", 0)));

        Assert.Equal(await first.Content.ReadAsStringAsync(), await second.Content.ReadAsStringAsync());
        Assert.Equal(first.Headers.Location, second.Headers.Location);
        Assert.Single(await LedgerAsync(service));
    }

    [SkippableTheory]
    [InlineData("Content-Length: {0}")]
    [InlineData("Transfer-Encoding: chunked")]
    public async Task A_request_whose_bytes_came_only_in_part_is_never_seen_and_is_taken_whole_later(string framing)
    {
        await using var store = open();
        await using var service = await StartAsync(store);
        var body = Body("a1", ("1", "sku-1", 1), ("2", "sku-2", 1));

        await SendHalfAsync(service, "k1", body, string.Format(System.Globalization.CultureInfo.InvariantCulture, framing, Encoding.UTF8.GetByteCount(body)));
        using var whole = await SendAsync(service, "k1", body);
        await EndOfAsync(service, whole.Headers.Location!);

        Assert.Equal(HttpStatusCode.Accepted, whole.StatusCode);
        Assert.Equal(1, await service.Database.CountAsync("clutch_operation"));
        Assert.Equal(1, await service.Database.CountAsync("clutch_idempotency_record"));
        Assert.Equal(["a1/sku-1@1", "a1/sku-2@1"], await LedgerAsync(service));
    }

    [SkippableFact]
    public async Task A_key_stands_for_one_body_of_one_caller()
    {
        await using var store = open();
        await using var service = await StartAsync(store);
        using var first = await SendAsync(service, "k1", Body("a1", ("1", "sku-1", 1)));

        using var otherBody = await SendAsync(service, "k1", Body("a1", ("1", "sku-1", 2)));
        using var otherCaller = await SendAsync(service, "k1", Body("a1", ("1", "sku-1", 2)), caller: "someone else");
        using var spied = await GetAsync(service, first.Headers.Location!.OriginalString, "someone else");

        await AssertProblemAsync(otherBody, 422, "urn:clutch:problem:idempotency-key-reuse");
        Assert.Equal(HttpStatusCode.Accepted, otherCaller.StatusCode);
        Assert.NotEqual(first.Headers.Location, otherCaller.Headers.Location);
        await AssertProblemAsync(spied, 404, "urn:clutch:problem:operation-unknown");
    }

    [SkippableFact]
    public async Task Every_wrong_input_is_answered_with_problem_details_and_stores_nothing()
    {
        await using var store = open();
        await using var service = await StartAsync(store);

        await AssertProblemAsync(await SendAsync(service, key: null, Body("a1", ("1", "s", 1))), 400, "urn:clutch:problem:idempotency-key-missing");
        await AssertProblemAsync(await SendAsync(service, "\"\"", Body("a1", ("1", "s", 1))), 400, "urn:clutch:problem:idempotency-key-missing");
        await AssertProblemAsync(await SendAsync(service, new string('x', 201), Body("a1", ("1", "s", 1))), 400, "urn:clutch:problem:idempotency-key-malformed");
        await AssertProblemAsync(await SendAsync(service, "white space", Body("a1", ("1", "s", 1))), 400, "urn:clutch:problem:idempotency-key-malformed");
        await AssertProblemAsync(await SendAsync(service, "k1", "{ \"accountId\": "), 400);
        await AssertProblemAsync(await SendAsync(service, "k1", "[]"), 400);
        await AssertProblemAsync(await SendAsync(service, "k1", string.Empty), 400);
        await AssertProblemAsync(await SendAsync(service, "k1", Body("a1")), 400);
        await AssertProblemAsync(await SendAsync(service, "k1", Body("a1", ("1", "s", 1), ("1", "t", 1))), 400);
        await AssertProblemAsync(await SendAsync(service, "k1", Body("a\0", ("1", "s", 1))), 400, "urn:clutch:problem:malformed-request");
        await AssertProblemAsync(await SendAsync(service, "k1", Body("a1", ("1", "s", 1), ("\0", "t", 1))), 400, "urn:clutch:problem:malformed-request");
        await AssertProblemAsync(await SendAsync(service, "k1", Body("a1", ("1", "s\0", 1))), 400, "urn:clutch:problem:malformed-request");
        await AssertProblemAsync(await SendAsync(service, "k1", Body("a1", ("1", "s", 1)), contentType: "text/plain"), 415);
        await AssertProblemAsync(await GetAsync(service, "/stock-updates:batch"), 405);
        await AssertProblemAsync(await GetAsync(service, "nowhere"), 404);
        await AssertProblemAsync(await GetAsync(service, "operations/unknown"), 404, "urn:clutch:problem:operation-unknown");
        await AssertProblemAsync(await GetAsync(service, "operations/unknown?fields=all"), 400);
        await AssertProblemAsync(await GetAsync(service, "operations/unknown?limit=0"), 400);
        await AssertProblemAsync(await GetAsync(service, "operations/unknown?after=x"), 400);
        await AssertProblemAsync(await service.Client.DeleteAsync("operations/unknown"), 404, "urn:clutch:problem:operation-unknown");
        await AssertProblemAsync(await service.Client.PostAsync("/operations:batchGet", new StringContent("{", Encoding.UTF8, "application/json")), 400);
        await AssertProblemAsync(await service.Client.PostAsJsonAsync("/operations:batchGet", new { ids = Array.Empty<string>() }), 400);
        await AssertProblemAsync(await service.Client.PostAsJsonAsync("/operations:batchGet", new { ids = new[] { "1\0" } }), 400, "urn:clutch:problem:malformed-request");
        await AssertProblemAsync(await service.Client.PostAsJsonAsync("/operations:batchGet", new { ids = Enumerable.Range(0, 101).Select(i => $"{i}") }), 400);

        Assert.Equal(0, await service.Database.CountAsync("clutch_operation"));
        Assert.Equal(0, await service.Database.CountAsync("clutch_idempotency_record"));
        // A key is not used up by a request that was refused.
        using var now = await SendAsync(service, "k1", Body("a1", ("1", "s", 1)));
        Assert.Equal(HttpStatusCode.Accepted, now.StatusCode);
    }

    [SkippableFact]
    public async Task Requests_side_by_side_never_overfill_a_queue()
    {
        await using var store = open();
        await using var idle = await StartAsync(store, configure: options => (options.Workers, options.MaxPendingItems) = (0, 5));

        var answers = await Task.WhenAll(Enumerable.Range(0, 24).Select(number => SendAsync(idle, $"k{number}", Body("a1", ("1", $"s{number}", 1), ("2", $"t{number}", 1)))));

        Assert.Equal(2, answers.Count(answer => answer.StatusCode == HttpStatusCode.Accepted));
        Assert.Equal(22, answers.Count(answer => answer.StatusCode == HttpStatusCode.TooManyRequests));
        foreach (var answer in answers)
            answer.Dispose();
    }

    [SkippableFact]
    public async Task A_full_queue_says_so_and_takes_the_same_key_later()
    {
        await using var store = open();
        await using var idle = await StartAsync(store, configure: options => (options.Workers, options.MaxPendingItems) = (0, 3));
        using var first = await SendAsync(idle, "k1", Body("a1", ("1", "s", 1), ("2", "t", 1)));

        using var full = await SendAsync(idle, "k2", Body("a1", ("1", "u", 1), ("2", "v", 1)));

        await AssertProblemAsync(full, 429, "urn:clutch:problem:queue-full");
        Assert.NotNull(full.Headers.RetryAfter);
        await using var working = await StartAsync(store, configure: options => options.MaxPendingItems = 3);
        await EndOfAsync(working, first.Headers.Location!);
        using var again = await SendAsync(idle, "k2", Body("a1", ("1", "u", 1), ("2", "v", 1)));
        Assert.Equal(HttpStatusCode.Accepted, again.StatusCode);
        await EndOfAsync(working, again.Headers.Location!);
        Assert.Equal(4, (await LedgerAsync(working)).Count);
    }
}
