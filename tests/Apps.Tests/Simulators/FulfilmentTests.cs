using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace Apps.Tests.Simulators;

/// <summary>The fulfilment API keeps its contract: durable before 202, idempotent by key, guarded by version, and its ledger survives a kill.</summary>
public sealed class FulfilmentTests
{
    [Fact]
    public async Task A_submission_is_accepted_with_202_and_ends_with_an_outcome_for_each_item()
    {
        await using var api = await SimulatorProcess.StartAsync("fulfilment");

        using var answer = await api.SubmitAsync("k1", "A01", ("S1", 1), ("S2", 1));
        var operation = await EndOfAsync(api, await IdOfAsync(answer));

        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        Assert.NotNull(answer.Headers.Location);
        Assert.NotNull(answer.Headers.RetryAfter);
        Assert.Equal("respond-async", answer.Headers.GetValues("Preference-Applied").Single());
        Assert.Equal("Succeeded", operation.GetProperty("status").GetString());
        Assert.Equal(["Applied", "Applied"], OutcomesOf(operation));
    }

    [Fact]
    public async Task The_same_key_with_the_same_body_is_the_same_operation_and_has_one_effect()
    {
        await using var api = await SimulatorProcess.StartAsync("fulfilment");

        var ids = new List<string>();
        for (var copy = 0; copy < 3; copy++)
            ids.Add(await IdOfAsync(await api.SubmitAsync("k1", "A01", ("S1", 1))));
        await EndOfAsync(api, ids[0]);

        Assert.Single(ids.Distinct());
        Assert.Single(await LedgerAsync(api));
        Assert.Equal(2, (await api.GetAsync("control/fulfilment/counts")).GetProperty("duplicateSubmitCount").GetInt32());
    }

    [Fact]
    public async Task Copies_that_arrive_at_once_make_one_operation()
    {
        await using var api = await SimulatorProcess.StartAsync("fulfilment");

        var ids = await Task.WhenAll(Enumerable.Range(0, 20).Select(async _ => await IdOfAsync(await api.SubmitAsync("k1", "A01", ("S1", 1)))));
        await EndOfAsync(api, ids[0]);

        Assert.Single(ids.Distinct());
        Assert.Single(await LedgerAsync(api));
    }

    [Fact]
    public async Task The_same_key_with_another_body_is_422_and_no_key_is_400()
    {
        await using var api = await SimulatorProcess.StartAsync("fulfilment");
        (await api.SubmitAsync("k1", "A01", ("S1", 1))).Dispose();

        using var reused = await api.SubmitAsync("k1", "A01", ("S1", 2));
        using var missing = await api.SendAsync("fulfilment/sku-updates:batch", SimulatorProcess.BatchOf("A01", ("S1", 1)), ("Prefer", "respond-async"));

        Assert.Equal(HttpStatusCode.UnprocessableEntity, reused.StatusCode);
        Assert.Equal("urn:problem:idempotency-key-reused", (await reused.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("type").GetString());
        Assert.Equal(HttpStatusCode.BadRequest, missing.StatusCode);
        Assert.Equal(1, (await api.GetAsync("control/fulfilment/counts")).GetProperty("keyReusedCount").GetInt32());
    }

    [Fact]
    public async Task A_lower_version_is_superseded_and_an_equal_one_already_applied()
    {
        await using var api = await SimulatorProcess.StartAsync("fulfilment");

        var outcomes = new List<string?>();
        foreach (var version in new[] { 2, 1, 2, 3 })
            outcomes.AddRange(OutcomesOf(await EndOfAsync(api, await IdOfAsync(await api.SubmitAsync($"k{outcomes.Count}", "A01", ("S1", version))))));

        Assert.Equal(["Applied", "Superseded", "AlreadyApplied", "Applied"], outcomes);
        Assert.Equal([2, 3], (await LedgerAsync(api)).Select(entry => entry.GetProperty("version").GetInt32()));
        Assert.Equal(3, (await api.ReadLinesAsync("control/fulfilment/target")).Single().GetProperty("version").GetInt32());
    }

    [Fact]
    public async Task Without_its_guard_the_target_goes_backwards_and_the_ledger_shows_it()
    {
        await using var api = await SimulatorProcess.StartAsync("fulfilment", "--version-guard", "off");

        foreach (var version in new[] { 2, 1 })
            await EndOfAsync(api, await IdOfAsync(await api.SubmitAsync($"k{version}", "A01", ("S1", version))));

        Assert.Equal([2, 1], (await LedgerAsync(api)).Select(entry => entry.GetProperty("version").GetInt32()));
    }

    [Fact]
    public async Task The_same_sku_id_of_another_account_is_another_sku()
    {
        await using var api = await SimulatorProcess.StartAsync("fulfilment");

        foreach (var account in new[] { "A01", "A02" })
            await EndOfAsync(api, await IdOfAsync(await api.SubmitAsync(account, account, ("S1", 1))));

        Assert.Equal(2, (await LedgerAsync(api)).Count);
    }

    [Fact]
    public async Task What_was_accepted_is_applied_once_although_the_process_was_killed_in_the_middle()
    {
        // 40 ms an item and two workers: the kill meets operations that wait, run and are done.
        await using var api = await SimulatorProcess.StartAsync("fulfilment", "--time-scale", "1", "--apply-ms", "4", "--submit-ms", "0", "--status-ms", "0", "--workers", "2");
        var ids = new List<string>();
        for (var batch = 0; batch < 10; batch++)
            ids.Add(await IdOfAsync(await api.SubmitAsync($"k{batch}", "A01", [.. Enumerable.Range(0, 50).Select(item => ($"S{batch}-{item}", 1L))])));
        await api.WaitForAsync("control/fulfilment/counts", counts => counts.GetProperty("effectCount").GetInt32() > 60);

        await api.KillAsync();
        await api.StartAsync();
        var before = await LedgerAsync(api);
        foreach (var id in ids)
            Assert.Equal("Succeeded", (await EndOfAsync(api, id)).GetProperty("status").GetString());

        var ledger = await LedgerAsync(api);
        Assert.InRange(before.Count, 60, 499);
        Assert.Equal(before.Select(entry => entry.GetRawText()), ledger.Take(before.Count).Select(entry => entry.GetRawText()));
        Assert.Equal(500, ledger.Count);
        Assert.Equal(500, ledger.Select(entry => entry.GetProperty("skuId").GetString()).Distinct().Count());
    }

    [Fact]
    public async Task A_500_after_acceptance_leaves_an_operation_that_the_same_key_finds()
    {
        await using var api = await SimulatorProcess.StartAsync("fulfilment");
        await api.PostAsync("control/faults", """{"rules":[{"kind":"ServerError","phase":"After","count":1}]}""");

        using var failed = await api.SubmitAsync("k1", "A01", ("S1", 1));
        var operation = (await api.ReadLinesAsync("control/fulfilment/operations")).Single();
        var again = await IdOfAsync(await api.SubmitAsync("k1", "A01", ("S1", 1)));

        Assert.Equal(HttpStatusCode.InternalServerError, failed.StatusCode);
        Assert.Equal(operation.GetProperty("id").GetString(), again);
    }

    [Fact]
    public async Task A_forgotten_operation_is_404_and_its_key_makes_a_new_one_that_stays()
    {
        await using var api = await SimulatorProcess.StartAsync("fulfilment");
        await api.PostAsync("control/faults", """{"fulfilment":{"forgottenRate":1}}""");

        var first = await IdOfAsync(await api.SubmitAsync("k1", "A01", ("S1", 1)));
        using var status = await api.Client.GetAsync($"fulfilment/operations/{first}");
        var second = await IdOfAsync(await api.SubmitAsync("k1", "A01", ("S1", 1)));
        await EndOfAsync(api, second);

        Assert.Equal(HttpStatusCode.NotFound, status.StatusCode);
        Assert.NotEqual(first, second);
        Assert.Single(await LedgerAsync(api));
    }

    [Fact]
    public async Task An_endless_operation_ends_after_it_was_submitted_again()
    {
        await using var api = await SimulatorProcess.StartAsync("fulfilment");
        await api.PostAsync("control/faults", """{"fulfilment":{"endlessRate":1}}""");

        var first = await IdOfAsync(await api.SubmitAsync("k1", "A01", ("S1", 1)));
        var waiting = await api.GetAsync($"fulfilment/operations/{first}");
        var second = await IdOfAsync(await api.SubmitAsync("k1", "A01", ("S1", 1)));

        Assert.False(waiting.GetProperty("done").GetBoolean());
        Assert.Equal(first, second);
        Assert.Equal(["Applied"], OutcomesOf(await EndOfAsync(api, first)));
    }

    [Fact]
    public async Task Items_that_fail_for_a_while_go_through_when_they_are_sent_anew()
    {
        await using var api = await SimulatorProcess.StartAsync("fulfilment");
        await api.PostAsync("control/faults", """{"fulfilment":{"transientRate":1}}""");
        (string, long)[] items = [.. Enumerable.Range(0, 100).Select(item => ($"S{item}", 1L))];

        var failures = new List<int>();
        for (var attempt = 0; attempt < 3; attempt++)
            failures.Add(OutcomesOf(await EndOfAsync(api, await IdOfAsync(await api.SubmitAsync($"k{attempt}", "A01", items)))).Count(outcome => outcome == "Failed"));

        Assert.Equal(100, failures[0]);
        Assert.InRange(failures[1], 2, 25);
        Assert.Equal(0, failures[2]);
    }

    [Theory]
    [InlineData("Outcome", HttpStatusCode.Accepted)]
    [InlineData("Rejected", HttpStatusCode.Accepted)]
    [InlineData("Request", HttpStatusCode.UnprocessableEntity)]
    public async Task A_bad_item_is_refused_in_the_ordered_way(string way, HttpStatusCode expected)
    {
        await using var api = await SimulatorProcess.StartAsync("fulfilment");
        await api.PostAsync("control/faults", "{\"fulfilment\":{\"badItems\":\"" + way + "\"}}");

        using var answer = await api.SendAsync("fulfilment/sku-updates:batch", """
            {"accountId":"A01","items":[{"itemId":"i1","skuId":"S1","version":1,"op":"UPSERT","payload":{"priceCents":-1}},{"itemId":"i2","skuId":"S2","version":1,"op":"DELETE"}]}
            """, ("Idempotency-Key", "k1"), ("Prefer", "respond-async"));

        Assert.Equal(expected, answer.StatusCode);
        if (way == "Outcome")
            Assert.Equal(["Failed", "Applied"], OutcomesOf(await EndOfAsync(api, await IdOfAsync(answer))));
        else if (way == "Rejected")
            Assert.Equal("i1", (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("rejected")[0].GetProperty("itemId").GetString());
    }

    [Fact]
    public async Task Without_prefer_the_update_is_answered_with_its_results()
    {
        await using var api = await SimulatorProcess.StartAsync("fulfilment");

        using var answer = await api.SendAsync("fulfilment/sku-updates:batch", SimulatorProcess.BatchOf("A01", ("S1", 1), ("S2", 1)), ("Idempotency-Key", "k1"));

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(2, (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("results").GetArrayLength());
        Assert.Equal(2, (await LedgerAsync(api)).Count);
    }

    [Fact]
    public async Task The_target_tells_its_state_and_can_be_damaged_without_a_trace_in_the_ledger()
    {
        await using var api = await SimulatorProcess.StartAsync("fulfilment");
        await EndOfAsync(api, await IdOfAsync(await api.SubmitAsync("k1", "A01", ("S1", 3), ("S2", 1))));
        await api.PostAsync("control/fulfilment/tamper", """{"accountId":"A01","skuId":"S1","payload":{"name":"other"}}""");
        await api.PostAsync("control/fulfilment/tamper", """{"accountId":"A01","skuId":"S2","forget":true}""");

        var states = (await api.PostAsync("fulfilment/sku-states:batchGet", """{"accountId":"A01","skuIds":["S1","S2","S3"]}""")).GetProperty("items").EnumerateArray().ToList();

        Assert.Equal(["S1"], states.Select(state => state.GetProperty("skuId").GetString()));
        Assert.Equal("other", states[0].GetProperty("payload").GetProperty("name").GetString());
        Assert.Equal(3, states[0].GetProperty("version").GetInt32());
        Assert.Equal(2, (await LedgerAsync(api)).Count);
    }

    [Fact]
    public async Task A_full_queue_refuses_with_429_and_keeps_nothing()
    {
        await using var api = await SimulatorProcess.StartAsync("fulfilment", "--queue-limit", "1");

        using var answer = await api.SubmitAsync("k1", "A01", ("S1", 1), ("S2", 1));

        Assert.Equal(HttpStatusCode.TooManyRequests, answer.StatusCode);
        Assert.NotNull(answer.Headers.RetryAfter);
        Assert.Equal(0, (await api.GetAsync("control/fulfilment/counts")).GetProperty("operationCount").GetInt32());
    }

    private static async Task<string> IdOfAsync(HttpResponseMessage answer) =>
        (await answer.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonElement>()).GetProperty("correlationId").GetString()!;

    private static Task<JsonElement> EndOfAsync(SimulatorProcess api, string id) => api.WaitForAsync($"fulfilment/operations/{id}", operation => operation.GetProperty("done").GetBoolean());

    private static List<string?> OutcomesOf(JsonElement operation) => [.. operation.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("outcome").GetString())];

    private static async Task<List<JsonElement>> LedgerAsync(SimulatorProcess api) => [.. (await api.GetAsync("control/fulfilment/ledger")).GetProperty("entries").EnumerateArray()];
}
