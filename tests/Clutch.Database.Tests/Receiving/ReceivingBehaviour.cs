using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Clutch.Database.Tests.Fixtures;
using Clutch.Outbox.Operations;
using Clutch.Outbox.Receiving;
using Clutch.Relational;
using Microsoft.Extensions.DependencyInjection;

namespace Clutch.Database.Tests.Receiving;

/// <summary>What a service with the server half promises its callers, over real HTTP on each store.</summary>
public abstract class ReceivingBehaviour(Func<Store> open)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [SkippableFact]
    public async Task A_request_is_accepted_applied_and_told_item_by_item()
    {
        await using var store = open();
        await using var service = await StartAsync(store);

        using var accepted = await SendAsync(service, "k1", Body("a1", ("1", "sku-1", 3), ("2", "sku-2", 1), ("3", "", 1)));

        Assert.Equal(HttpStatusCode.Accepted, accepted.StatusCode);
        Assert.Equal("respond-async", accepted.Headers.GetValues("Preference-Applied").Single());
        Assert.NotNull(accepted.Headers.RetryAfter);
        var body = await JsonAsync(accepted);
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
        await AssertProblemAsync(await service.Client.PostAsJsonAsync("/operations:batchGet", new { ids = Enumerable.Range(0, 101).Select(i => $"{i}") }), 400);

        Assert.Equal(0, await service.Database.CountAsync("clutch_operation"));
        Assert.Equal(0, await service.Database.CountAsync("clutch_idempotency_record"));
        // A key is not used up by a request that was refused.
        using var now = await SendAsync(service, "k1", Body("a1", ("1", "s", 1)));
        Assert.Equal(HttpStatusCode.Accepted, now.StatusCode);
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

    [SkippableFact]
    public async Task Older_and_equal_versions_make_no_effect_and_are_successes()
    {
        await using var store = open();
        await using var service = await StartAsync(store);
        await RunAsync(service, "k1", Body("a1", ("1", "s", 5)));

        var ended = await RunAsync(service, "k2", Body("a1", ("1", "s", 5), ("2", "s", 4), ("3", "s", 7), ("4", "s", 6), ("5", "s", 7)));
        var elsewhere = await RunAsync(service, "k3", Body("a2", ("1", "s", 1)));

        Assert.Equal("Succeeded", ended.GetProperty("status").GetString());
        Assert.Equal(["1=SUPERSEDED", "2=SUPERSEDED", "3=APPLIED", "4=SUPERSEDED", "5=ALREADY_APPLIED"], Outcomes(ended));
        Assert.Equal(["1=APPLIED"], Outcomes(elsewhere));
        Assert.Equal(["a1/s@5", "a1/s@7", "a2/s@1"], await LedgerAsync(service));
        Assert.Equal(["a1/s@7", "a2/s@1"], await RowsAsync(service, "stock"));
    }

    [SkippableFact]
    public async Task A_bad_item_fails_alone_and_leaves_no_version_behind()
    {
        await using var store = open();
        await using var service = await StartAsync(store);
        var items = Enumerable.Range(1, 30).Select(i => ($"{i}", i switch { 7 => "poison-7", 19 => "named-bad-19", _ => $"sku-{i}" }, 1L)).ToArray();

        var ended = await RunAsync(service, "k1", Body("a1", items));

        Assert.Equal("PartiallySucceeded", ended.GetProperty("status").GetString());
        Assert.Equal(["7=FAILED", "19=FAILED"], Outcomes(ended).Where(outcome => !outcome.EndsWith("=APPLIED", StringComparison.Ordinal)));
        Assert.Equal((30, 2), (ended.GetProperty("counts").GetProperty("done").GetInt32(), ended.GetProperty("counts").GetProperty("failed").GetInt32()));
        var problems = ended.GetProperty("items").EnumerateArray().Where(item => item.TryGetProperty("problem", out _)).ToArray();
        Assert.Equal(["urn:clutch:problem:item-failed", "urn:test:named"], problems.Select(item => item.GetProperty("problem").GetProperty("type").GetString()));
        Assert.Equal([false, true], problems.Select(item => item.GetProperty("retryable").GetBoolean()));
        Assert.Equal(28, (await LedgerAsync(service)).Count);
        Assert.Equal(28, await service.Database.CountAsync("clutch_version_high_water"));
    }

    [SkippableFact]
    public async Task Results_come_in_pages_in_counts_and_for_many_operations_at_once()
    {
        await using var store = open();
        await using var service = await StartAsync(store, configure: options => (options.ItemPageSize, options.SliceSize) = (10, 7));
        using var first = await SendAsync(service, "k1", Body("a1", [.. Enumerable.Range(1, 25).Select(i => ($"{i}", $"s{i}", 1L))]));
        using var second = await SendAsync(service, "k2", Body("a1", ("1", "t", 1)));
        var page1 = await EndOfAsync(service, first.Headers.Location!);
        await EndOfAsync(service, second.Headers.Location!);

        var page2 = await JsonAsync(await GetAsync(service, $"{first.Headers.Location}?after={page1.GetProperty("nextItem").GetString()}"));
        var page3 = await JsonAsync(await GetAsync(service, $"{first.Headers.Location}?after={page2.GetProperty("nextItem").GetString()}&limit=100"));
        var counts = await JsonAsync(await GetAsync(service, $"{first.Headers.Location}?fields=counts"));
        var ids = new[] { page1.GetProperty("id").GetString()!, "unknown", second.Headers.Location!.OriginalString.Split('/')[^1] };
        var many = await JsonAsync(await service.Client.PostAsJsonAsync("/operations:batchGet", new { ids }));

        Assert.Equal(Enumerable.Range(1, 25).Select(i => $"{i}=APPLIED"), [.. Outcomes(page1), .. Outcomes(page2), .. Outcomes(page3)]);
        Assert.False(page3.TryGetProperty("nextItem", out _));
        Assert.False(counts.TryGetProperty("items", out _));
        Assert.Equal(25, counts.GetProperty("counts").GetProperty("total").GetInt32());
        Assert.Equal(new HashSet<string?> { ids[0], ids[2] }, many.GetProperty("operations").EnumerateArray().Select(operation => operation.GetProperty("id").GetString()).ToHashSet());
        Assert.Equal("unknown", many.GetProperty("notFound")[0].GetString());
    }

    [SkippableFact]
    public async Task A_cancelled_operation_stops_between_slices_and_tells_what_was_applied()
    {
        await using var store = open();
        Skip.If(store is SqliteStore, "On SQLite the one writer is held while a slice is applied, so the wish to cancel cannot be stored meanwhile.");
        var (reached, goOn) = (new TaskCompletionSource(), new TaskCompletionSource());
        var handler = new LedgerHandler
        {
            BeforeCommit = async (_, token) =>
            {
                reached.TrySetResult();
                await goOn.Task.WaitAsync(token);
            },
        };
        await using var service = await StartAsync(store, handler, options => (options.SliceSize, options.Workers) = (2, 1));
        using var accepted = await SendAsync(service, "k1", Body("a1", [.. Enumerable.Range(1, 6).Select(i => ($"{i}", $"s{i}", 1L))]));
        await reached.Task.WaitAsync(Patience);
        var running = await JsonAsync(await GetAsync(service, accepted.Headers.Location!.OriginalString));

        using var cancelled = await service.Client.DeleteAsync(accepted.Headers.Location);
        goOn.SetResult();
        var ended = await EndOfAsync(service, accepted.Headers.Location!);
        using var tooLate = await service.Client.DeleteAsync(accepted.Headers.Location);

        Assert.Equal("Running", running.GetProperty("status").GetString());
        Assert.Equal(HttpStatusCode.Accepted, cancelled.StatusCode);
        Assert.Equal(2, Outcomes(ended).Count(outcome => outcome.EndsWith("=APPLIED", StringComparison.Ordinal)));
        Assert.Equal(("Cancelled", 2), (ended.GetProperty("status").GetString(), (await LedgerAsync(service)).Count));
        await AssertProblemAsync(tooLate, 409, "urn:clutch:problem:operation-ended");
    }

    [SkippableFact]
    public async Task An_operation_cancelled_before_its_turn_applies_nothing()
    {
        await using var store = open();
        await using var idle = await StartAsync(store, configure: options => options.Workers = 0);
        using var accepted = await SendAsync(idle, "k1", Body("a1", ("1", "s", 1)));

        using var cancelled = await idle.Client.DeleteAsync(accepted.Headers.Location);
        await using var working = await StartAsync(store);
        var ended = await EndOfAsync(working, accepted.Headers.Location!);

        Assert.Equal(HttpStatusCode.Accepted, cancelled.StatusCode);
        Assert.Equal("Cancelled", ended.GetProperty("status").GetString());
        Assert.Equal(["1=none"], Outcomes(ended));
        Assert.Empty(await LedgerAsync(working));
    }

    [SkippableFact]
    public async Task Parallel_transactions_apply_each_version_once_and_never_go_back()
    {
        await using var store = open();
        await using var service = await StartAsync(store, configure: options => options.Workers = 0);
        var random = new Random(17);
        var work = Enumerable.Range(0, 40).Select(_ => Enumerable.Range(0, 10).Select(_ => ($"key-{random.Next(5)}", (long)random.Next(1, 30))).ToArray()).ToArray();

        await Parallel.ForEachAsync(work, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (versions, token) =>
        {
            await using var session = await service.Database.OpenSessionAsync(token);
            await session.BeginAsync(token);
            var outcomes = await VersionGuard.EnterAsync(session, "scope", versions, token);
            foreach (var (key, version) in versions.Where((_, i) => outcomes[i] == ItemOutcome.Applied))
                await session.RunAsync(new Statement($"INSERT INTO ledger (account, sku, version, payload) VALUES ('scope', '{key}', {version}, '')"), Rows.Affected, token);
            await session.CommitAsync(token);
        });

        var effects = await LedgerAsync(service);
        Assert.Equal(effects.Distinct().Count(), effects.Count);
        var highest = work.SelectMany(versions => versions).GroupBy(version => version.Item1).Select(group => $"scope/{group.Key}@{group.Max(version => version.Item2)}").Order();
        Assert.Equal(highest, (await service.Database.ListAsync("SELECT scope, key, version FROM clutch_version_high_water", row => $"{row.GetString(0)}/{row.GetString(1)}@{row.GetInt64(2)}")).Order());
    }

    [SkippableFact]
    public async Task The_version_guard_makes_one_effect_for_one_version_under_a_rush()
    {
        await using var store = open();
        await using var service = await StartAsync(store, configure: options => options.Workers = 0);
        var effects = 0;

        var outcomes = await Task.WhenAll(Enumerable.Range(0, 12).Select(async _ =>
        {
            await using var session = await service.Database.OpenSessionAsync(default);
            await session.BeginAsync(default);
            var outcome = await VersionGuard.ApplyAsync(session, "scope", "key", 3, _ =>
            {
                Interlocked.Increment(ref effects);
                return ValueTask.CompletedTask;
            }, default);
            await session.CommitAsync(default);
            return outcome;
        }));

        Assert.Equal(1, effects);
        Assert.Equal(11, outcomes.Count(outcome => outcome == ItemOutcome.AlreadyApplied));
    }

    [SkippableFact]
    public async Task An_apply_that_throws_leaves_the_version_free()
    {
        await using var store = open();
        await using var service = await StartAsync(store, configure: options => options.Workers = 0);
        await using (var session = await service.Database.OpenSessionAsync(default))
        {
            await session.BeginAsync(default);
            await Assert.ThrowsAsync<InvalidDataException>(() => VersionGuard.ApplyAsync(session, "scope", "key", 3, _ => throw new InvalidDataException(), default).AsTask());
            await session.RollbackAsync(default);
        }

        await using var second = await service.Database.OpenSessionAsync(default);
        await second.BeginAsync(default);

        Assert.Equal(ItemOutcome.Applied, await VersionGuard.ApplyAsync(second, "scope", "key", 3, _ => ValueTask.CompletedTask, default));
    }

    [SkippableFact]
    public async Task A_worker_that_lost_its_lease_commits_nothing()
    {
        await using var store = open();
        Skip.If(store is SqliteStore, "On SQLite the one writer is held while a slice is applied, so no other worker can take over within it.");
        var (held, goOn) = (new TaskCompletionSource(), new TaskCompletionSource());
        var slow = new LedgerHandler
        {
            BeforeCommit = async (_, token) =>
            {
                held.TrySetResult();
                await goOn.Task.WaitAsync(token);
            },
        };
        await using var first = await StartAsync(store, slow, options => (options.Workers, options.LeaseDuration) = (1, TimeSpan.FromMilliseconds(200)));
        using var accepted = await SendAsync(first, "k1", Body("a1", ("1", "s", 1)));
        await held.Task.WaitAsync(Patience);
        // Its transaction holds the version's row, so the second waits for it and then finds the lease its own.
        await using var second = await StartAsync(store, configure: options => options.Workers = 1);
        await WaitUntilAsync(async () => await second.Database.CountAsync("clutch_operation WHERE fence = 2") == 1);

        goOn.SetResult();
        var ended = await EndOfAsync(second, accepted.Headers.Location!);

        Assert.Equal(["1=APPLIED"], Outcomes(ended));
        Assert.Equal(["a1/s@1"], await LedgerAsync(second));
    }

    [SkippableFact]
    public async Task What_expired_is_deleted_and_its_key_is_free_again()
    {
        await using var store = open();
        await using var service = await StartAsync(store);
        await RunAsync(service, "k1", Body("a1", ("1", "s", 1)));
        await RunAsync(service, "k2", Body("a1", ("1", "t", 1)));
        await service.Database.ExecuteAsync("UPDATE clutch_operation SET expires_at = 1 WHERE id IN (SELECT operation_id FROM clutch_idempotency_record WHERE key = 'k1')");
        await service.Database.ExecuteAsync("UPDATE clutch_idempotency_record SET expires_at = 1 WHERE key = 'k1'");
        var operations = service.Services.GetRequiredService<OperationStore>();

        while (await operations.SweepAsync(100, default) > 0)
        {
        }

        Assert.Equal(1, await service.Database.CountAsync("clutch_operation"));
        Assert.Equal(1, await service.Database.CountAsync("clutch_operation_item"));
        Assert.Equal(1, await service.Database.CountAsync("clutch_idempotency_record"));
        Assert.Equal(["1=ALREADY_APPLIED"], Outcomes(await RunAsync(service, "k1", Body("a1", ("1", "s", 1)))));
    }

    [SkippableFact]
    public async Task A_key_whose_time_is_over_is_free_before_anything_is_swept()
    {
        await using var store = open();
        await using var service = await StartAsync(store);
        await RunAsync(service, "k1", Body("a1", ("1", "s", 1)));
        await service.Database.ExecuteAsync("UPDATE clutch_idempotency_record SET expires_at = 1");

        Assert.Equal(["1=APPLIED"], Outcomes(await RunAsync(service, "k1", Body("a1", ("1", "other", 1)))));
    }

    [SkippableTheory]
    [InlineData(ReceivingFaultPoints.InsideAccept)]
    [InlineData(ReceivingFaultPoints.AfterAccept)]
    [InlineData(ReceivingFaultPoints.AfterClaim)]
    [InlineData(ReceivingFaultPoints.InsideApply)]
    [InlineData(ReceivingFaultPoints.AfterSlice)]
    public async Task K18_a_service_killed_at_any_point_loses_no_accepted_item_and_doubles_none(string point)
    {
        await using var store = open();
        var body = Body("a1", [.. Enumerable.Range(1, 25).Select(i => ($"{i}", $"s{i}", 1L))]);
        await using (var doomed = await ReceivingChild.StartAsync(store, $"{point}:{(point == ReceivingFaultPoints.InsideApply ? 2 : 1)}:kill"))
        {
            // Whether an answer comes depends on the point; that the process dies does not.
            var cut = await Record.ExceptionAsync(() => SendAsync(doomed.Client, "k1", body));
            Assert.True(cut is null or HttpRequestException, $"{cut}");
            Assert.Equal(137, await doomed.WaitForEndAsync());
        }

        await using var service = await ReceivingChild.StartAsync(store, fault: null);
        using var again = await SendAsync(service.Client, "k1", body);
        var ended = await EndOfAsync(service.Client, again.Headers.Location!);

        Assert.Equal(HttpStatusCode.Accepted, again.StatusCode);
        Assert.Equal("Succeeded", ended.GetProperty("status").GetString());
        Assert.All(Outcomes(ended), outcome => Assert.EndsWith("=APPLIED", outcome, StringComparison.Ordinal));
        await using var services = store.Services();
        var database = services.GetRequiredService<RelationalDatabase>();
        Assert.Equal(1, await database.CountAsync("clutch_operation"));
        Assert.Equal(25, await database.CountAsync("ledger"));
        Assert.Equal(25, await database.CountAsync("(SELECT DISTINCT sku FROM ledger) AS different"));
    }

    protected static Task<StockService> StartAsync(Store store, LedgerHandler? handler = null, Action<ReceivingOptions>? configure = null) =>
        StockService.StartAsync(store.AddRepository, handler, configure);

    private static string Body(string account, params (string ItemId, string Sku, long Version)[] items) => JsonSerializer.Serialize(new
    {
        accountId = account,
        items = items.Select(item => new { itemId = item.ItemId, skuId = item.Sku, version = item.Version, op = "UPSERT", payload = new { quantity = item.Version } }),
    });

    private static Task<HttpResponseMessage> SendAsync(StockService service, string? key, string body, string caller = "me", string contentType = "application/json") =>
        SendAsync(service.Client, key, body, caller, contentType);

    private static async Task<HttpResponseMessage> SendAsync(HttpClient client, string? key, string body, string caller = "me", string contentType = "application/json")
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/stock-updates:batch") { Content = new StringContent(body, Encoding.UTF8, MediaTypeHeaderValue.Parse(contentType)) };
        request.Headers.Add("X-Caller", caller);
        if (key is not null)
            request.Headers.TryAddWithoutValidation("Idempotency-Key", key);
        return await client.SendAsync(request);
    }

    /// <summary>Sends the head and half of the body, then ends the connection and waits until the server has done so too.</summary>
    private static async Task SendHalfAsync(StockService service, string key, string body, string framing)
    {
        using var client = new System.Net.Sockets.TcpClient();
        await client.ConnectAsync(service.Address.Host, service.Address.Port);
        var half = body[..(body.Length / 2)];
        var head = $"POST /stock-updates:batch HTTP/1.1\r\nHost: {service.Address.Authority}\r\nContent-Type: application/json\r\nX-Caller: me\r\nIdempotency-Key: \"{key}\"\r\n{framing}\r\n\r\n";
        var chunk = framing.Contains("chunked", StringComparison.Ordinal) ? $"{half.Length:x}\r\n{half}\r\n" : half;
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.UTF8.GetBytes(head + chunk));
        client.Client.Shutdown(System.Net.Sockets.SocketShutdown.Send);
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            while (await stream.ReadAsync(new byte[1024], patience.Token) > 0)
            {
                // Whatever the server says to half a request: nobody hears it.
            }
        }
        catch (IOException)
        {
            // It may also break the connection off.
        }
    }

    private static async Task<JsonElement> RunAsync(StockService service, string key, string body)
    {
        using var accepted = await SendAsync(service, key, body);
        Assert.Equal(HttpStatusCode.Accepted, accepted.StatusCode);
        return await EndOfAsync(service, accepted.Headers.Location!);
    }

    private static Task<HttpResponseMessage> GetAsync(StockService service, string path, string caller = "me") => GetAsync(service.Client, path, caller);

    private static async Task<HttpResponseMessage> GetAsync(HttpClient client, string path, string caller = "me")
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Add("X-Caller", caller);
        return await client.SendAsync(request);
    }

    private static Task<JsonElement> EndOfAsync(StockService service, Uri status) => EndOfAsync(service.Client, status);

    private static async Task<JsonElement> EndOfAsync(HttpClient client, Uri status)
    {
        JsonElement operation = default;
        await WaitUntilAsync(async () => (operation = await JsonAsync(await GetAsync(client, status.OriginalString))).GetProperty("done").GetBoolean());
        return operation;
    }

    private static async Task WaitUntilAsync(Func<Task<bool>> condition)
    {
        using var deadline = new CancellationTokenSource(Patience);
        while (!await condition())
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, deadline.Token);
    }

    private static async Task<JsonElement> JsonAsync(HttpResponseMessage response)
    {
        Assert.True(response.IsSuccessStatusCode, $"{response.StatusCode}: {await response.Content.ReadAsStringAsync()}");
        return await response.Content.ReadFromJsonAsync<JsonElement>();
    }

    private static async Task AssertProblemAsync(HttpResponseMessage response, int status, string? type = null)
    {
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(status == (int)response.StatusCode, $"{(int)response.StatusCode}: {text}");
        Assert.True(response.Content.Headers.ContentType?.MediaType == "application/problem+json", $"{status} as {response.Content.Headers.ContentType}: {text}");
        var problem = JsonSerializer.Deserialize<JsonElement>(text);
        Assert.Equal(status, problem.GetProperty("status").GetInt32());
        if (type is not null)
            Assert.Equal(type, problem.GetProperty("type").GetString());
    }

    private static List<string> Outcomes(JsonElement operation) =>
        [.. operation.GetProperty("items").EnumerateArray().Select(item => $"{item.GetProperty("itemId").GetString()}={(item.TryGetProperty("outcome", out var outcome) ? outcome.GetString() : "none")}")];

    private static Task<IReadOnlyList<string>> LedgerAsync(StockService service) => RowsAsync(service, "ledger");

    private static async Task<IReadOnlyList<string>> RowsAsync(StockService service, string table) =>
        await service.Database.ListAsync($"SELECT account, sku, version FROM {table} ORDER BY account, sku, version", row => $"{row.GetString(0)}/{row.GetString(1)}@{row.GetInt64(2)}");
}

public sealed class SqliteReceivingTests() : ReceivingBehaviour(static () => new SqliteStore());

public sealed class PostgreSqlReceivingTests() : ReceivingBehaviour(static () => new PostgreSqlStore());
