using System.Net;
using System.Text.Json;

namespace Apps.Tests.Simulators;

/// <summary>Faults come at the ordered rate, the same ones from the same seed, and each is listed.</summary>
public sealed class FaultTests
{
    [Fact]
    public async Task A_rate_is_kept_and_the_same_seed_gives_the_same_faults()
    {
        var first = await StatusesAsync(seed: "5");
        var second = await StatusesAsync(seed: "5");
        var other = await StatusesAsync(seed: "6");

        Assert.InRange(first.Count(status => status == 500), 70, 130);
        Assert.InRange(first.Count(status => status == 429), 70, 130);
        Assert.Equal(first, second);
        Assert.NotEqual(first, other);
    }

    [Fact]
    public async Task Half_of_the_errors_come_after_the_call_took_effect()
    {
        await using var api = await SimulatorProcess.StartAsync("fulfilment", "--seed", "3");
        await api.PostAsync("control/faults", """{"rules":[{"kind":"ServerError"}]}""");

        for (var call = 0; call < 200; call++)
            (await api.SubmitAsync($"k{call}", "A01", ("S1", call + 1))).Dispose();
        var counts = (await api.GetAsync("control/faults")).GetProperty("counts");

        var accepted = (await api.GetAsync("control/fulfilment/counts")).GetProperty("operationCount").GetInt32();
        Assert.InRange(accepted, 70, 130);
        Assert.Equal(accepted, counts.GetProperty("fulfilment/ServerError/After").GetInt32());
        Assert.Equal(200 - accepted, counts.GetProperty("fulfilment/ServerError/Before").GetInt32());
    }

    [Fact]
    public async Task Retry_after_comes_in_both_forms()
    {
        await using var stock = await SimulatorProcess.StartAsync("stock", "--skus", "10");
        await stock.PostAsync("control/faults", """{"rules":[{"kind":"TooMany"}]}""");

        var forms = new List<bool>();
        for (var call = 0; call < 20; call++)
        {
            using var answer = await stock.Client.GetAsync("stock/skus/summary");
            Assert.Equal(HttpStatusCode.TooManyRequests, answer.StatusCode);
            forms.Add(answer.Headers.RetryAfter!.Date is null);
        }

        Assert.Contains(true, forms);
        Assert.Contains(false, forms);
    }

    [Fact]
    public async Task A_reset_breaks_the_connection_and_a_truncated_answer_is_no_json()
    {
        await using var stock = await SimulatorProcess.StartAsync("stock", "--skus", "10");
        await stock.PostAsync("control/faults", """{"rules":[{"kind":"Reset","phase":"Before","count":1},{"kind":"Truncated","count":1}]}""");

        await Assert.ThrowsAsync<HttpRequestException>(() => stock.Client.GetAsync("stock/skus/summary"));
        var torn = await Record.ExceptionAsync(() => stock.GetAsync("stock/skus/summary"));

        Assert.True(torn is JsonException or HttpRequestException or IOException, torn?.ToString());
        Assert.Equal(10, (await stock.GetAsync("stock/skus/summary")).GetProperty("total").GetInt32());
    }

    [Fact]
    public async Task An_answer_without_a_body_is_torn_by_breaking_the_connection()
    {
        await using var calendars = await SimulatorProcess.StartAsync("calendars", "--feeds", "1");
        using var first = await calendars.Client.GetAsync("calendars/feeds/1.ics");
        calendars.Client.DefaultRequestHeaders.IfNoneMatch.Add(first.Headers.ETag!);
        await calendars.PostAsync("control/faults", """{"rules":[{"kind":"Truncated","role":"calendars"}]}""");

        await Assert.ThrowsAsync<HttpRequestException>(() => calendars.Client.GetAsync("calendars/feeds/1.ics"));
    }

    [Fact]
    public async Task A_request_delivered_twice_is_accepted_once()
    {
        await using var api = await SimulatorProcess.StartAsync("fulfilment");
        await api.PostAsync("control/faults", """{"rules":[{"kind":"Twice","path":"sku-updates","minSeconds":0,"maxSeconds":0}]}""");

        using var answer = await api.SubmitAsync("k1", "A01", ("S1", 1));
        var counts = await api.WaitForAsync("control/fulfilment/counts", counts => counts.GetProperty("duplicateSubmitCount").GetInt32() == 1);

        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        Assert.Equal(1, counts.GetProperty("operationCount").GetInt32());
    }

    [Fact]
    public async Task A_second_copy_is_pending_until_it_is_delivered()
    {
        await using var api = await SimulatorProcess.StartAsync("fulfilment");
        await api.PostAsync("control/faults", """{"rules":[{"kind":"Twice","count":1,"minSeconds":0,"maxSeconds":0},{"kind":"Twice","count":1,"minSeconds":600,"maxSeconds":600}]}""");

        (await api.SubmitAsync("k1", "A01", ("S1", 1))).Dispose();
        var soon = await api.WaitForAsync("control/faults", report => report.GetProperty("pendingCopies").GetInt32() == 0);
        (await api.SubmitAsync("k2", "A01", ("S1", 2))).Dispose();
        var late = await api.GetAsync("control/faults");

        Assert.Equal(1, soon.GetProperty("counts").GetProperty("fulfilment/Twice").GetInt32());
        Assert.Equal(1, late.GetProperty("pendingCopies").GetInt32());
    }

    [Fact]
    public async Task A_rule_chooses_its_calls_by_path_and_number_and_control_is_never_met()
    {
        await using var stock = await SimulatorProcess.StartAsync("stock", "--skus", "10");
        await stock.PostAsync("control/faults", """{"rules":[{"kind":"Status","status":401,"path":"summary","skip":1,"count":1},{"kind":"Html","path":"details"}]}""");

        var statuses = new List<HttpStatusCode>();
        for (var call = 0; call < 3; call++)
        {
            using var answer = await stock.Client.GetAsync("stock/skus/summary");
            statuses.Add(answer.StatusCode);
        }

        using var page = await stock.SendAsync("stock/skus/details:batchGet", """{"ids":["S0000001"]}""");
        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.Unauthorized, HttpStatusCode.OK], statuses);
        Assert.Equal("text/html", page.Content.Headers.ContentType?.MediaType);
    }

    [Fact]
    public async Task The_list_of_faults_survives_a_kill()
    {
        await using var stock = await SimulatorProcess.StartAsync("stock", "--skus", "10");
        await stock.PostAsync("control/faults", """{"rules":[{"kind":"ServerError","phase":"Before","count":3}]}""");
        for (var call = 0; call < 5; call++)
            (await stock.Client.GetAsync("stock/skus/summary")).Dispose();

        await stock.KillAsync();
        await stock.StartAsync();

        Assert.Equal(3, (await stock.ReadLinesAsync("control/faults/log")).Count(fault => fault.GetProperty("kind").GetString() == "ServerError"));
    }

    private static async Task<List<int>> StatusesAsync(string seed)
    {
        await using var stock = await SimulatorProcess.StartAsync("stock", "--skus", "10", "--seed", seed);
        await stock.PostAsync("control/faults", """{"rules":[{"kind":"ServerError","rate":0.1},{"kind":"TooMany","rate":0.111}]}""");
        var statuses = new List<int>();
        for (var call = 0; call < 1000; call++)
        {
            using var answer = await stock.Client.GetAsync("stock/skus/summary?limit=1");
            statuses.Add((int)answer.StatusCode);
        }

        return statuses;
    }
}
