using System.Net;
using System.Text;
using Clutch.Database.Tests.Fixtures;
using Clutch.Http;
using Clutch.Outbox;
using Clutch.Outbox.Administration;
using Clutch.Outbox.Channels;
using Clutch.Outbox.Http;
using Clutch.Outbox.Operations;
using Clutch.Outbox.Running;
using Clutch.Outbox.Submitting;
using Clutch.Relational;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Clutch.Database.Tests.Receiving;

/// <summary>The outbox's relay and poller over HTTP against the server half, each with a store of its own.</summary>
public abstract class EndToEndBehaviour(Func<Store> open)
{
    private const string Channel = "stock";

    [SkippableFact]
    public async Task Answers_lost_after_acceptance_make_no_second_operation_and_no_second_effect()
    {
        await using var ours = open();
        await using var theirs = open();
        var (accepted, lost) = (0, 0);
        await using var service = await StockService.StartAsync(theirs.AddRepository, map: app => app.Use((context, next) => LoseEverySecondAcceptanceAsync(context, next, () => Interlocked.Increment(ref accepted) % 2 == 1, () => Interlocked.Increment(ref lost))));
        await using var sender = await SenderAsync(ours, Target(service.Client));
        await EnqueueAsync(sender, Enumerable.Range(0, 120).Select(i => Message($"a{i % 3}", i is 50 or 51 ? $"poison-{i}" : $"sku-{i:D3}", 1)));

        var drained = await DrainAsync(sender);
        await EnqueueAsync(sender, Enumerable.Range(0, 30).Select(i => Message($"a{i % 3}", $"sku-{i:D3}", 2)));
        await DrainAsync(sender);

        Assert.Equal(DrainEnd.Idle, drained.End);
        Assert.True(lost > 3, $"{lost} answers were lost");
        var statistics = await sender.GetRequiredService<IOutboxAdmin>().GetStatisticsAsync(Channel, default);
        Assert.Equal((148, 2), (statistics.Counts[MessageStatus.Synced], statistics.Counts[MessageStatus.Failed]));
        var ledger = await service.Database.ListAsync("SELECT account, sku, version FROM ledger", row => $"{row.GetString(0)}/{row.GetString(1)}@{row.GetInt64(2)}");
        Assert.Equal(148, ledger.Distinct().Count());
        Assert.Equal(148, ledger.Count);
        // One operation a submission, whatever was sent twice.
        var submissions = await sender.GetRequiredService<RelationalDatabase>().CountAsync("clutch_outbox_submission");
        Assert.Equal(submissions, await service.Database.CountAsync("clutch_operation"));
        Assert.Equal(submissions, await service.Database.CountAsync("clutch_idempotency_record"));
    }

    [SkippableFact]
    public async Task An_operation_that_the_target_forgot_is_sent_again_and_makes_no_second_effect()
    {
        await using var ours = open();
        await using var theirs = open();
        await using var service = await StockService.StartAsync(theirs.AddRepository);
        await using var sender = await SenderAsync(ours, Target(service.Client));
        await EnqueueAsync(sender, Enumerable.Range(0, 10).Select(i => Message("a1", $"sku-{i}", 1)));
        await sender.GetRequiredService<OutboxRelay>().DrainAsync(Channel, default);
        while (await service.Database.CountAsync("clutch_operation WHERE status = 2") == 0)
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System);
        await service.Database.ExecuteAsync("DELETE FROM clutch_operation_item; DELETE FROM clutch_operation; DELETE FROM clutch_idempotency_record");

        await DrainAsync(sender);

        var statistics = await sender.GetRequiredService<IOutboxAdmin>().GetStatisticsAsync(Channel, default);
        Assert.Equal(10, statistics.Counts[MessageStatus.Synced]);
        Assert.Equal(10, await service.Database.CountAsync("ledger"));
    }

    [SkippableFact]
    public async Task A_target_that_is_still_at_work_on_a_request_is_waited_for_without_an_attempt()
    {
        await using var ours = open();
        await using var theirs = open();
        var keys = new System.Collections.Concurrent.ConcurrentQueue<string>();
        await using var service = await StockService.StartAsync(theirs.AddRepository, map: app => app.MapPost("/answers", (HttpContext context) =>
        {
            keys.Enqueue(context.Request.Headers["Idempotency-Key"].ToString());
            return keys.Count <= 12 ? Results.Problem("The first one is not done yet.", statusCode: 409) : Results.NoContent();
        }));
        await using var sender = await SenderAsync(ours, Target(service.Client) with { SubmitPath = "/answers" });
        await EnqueueAsync(sender, [Message("a1", "sku", 1)]);

        await DrainAsync(sender);

        var message = Assert.Single(await sender.GetRequiredService<IOutboxAdmin>().ListMessagesAsync(new() { Channel = Channel }, 0, 100, default));
        Assert.Equal((MessageStatus.Synced, 1), (message.Status, message.AttemptCount));
        Assert.Equal(13, keys.Count);
        Assert.Single(keys.Distinct(StringComparer.Ordinal));
    }

    [SkippableTheory]
    [InlineData("html", "text/html")]
    [InlineData("401", "Check the credentials")]
    [InlineData("404", "There is no such route")]
    [InlineData("unversioned", "Check that the target supports versions")]
    [InlineData("nameless", "named no operation")]
    public async Task A_wrong_target_stops_the_channel_with_one_clear_message_and_burns_no_message(string fault, string words)
    {
        await using var ours = open();
        await using var theirs = open();
        await using var service = await StockService.StartAsync(theirs.AddRepository, map: app => app.MapPost("/wrong", () => fault switch
        {
            "html" => Results.Content("<html>Sign in</html>", "text/html"),
            "401" => Results.StatusCode(401),
            "unversioned" => Results.Json(new { items = new[] { new { itemId = "1", outcome = "OK" } } }),
            "nameless" => Results.StatusCode(202),
            _ => Results.NotFound(),
        }));
        await using var sender = await SenderAsync(ours, Target(service.Client) with { SubmitPath = "wrong" });
        await EnqueueAsync(sender, Enumerable.Range(0, 60).Select(i => Message("a1", $"sku-{i}", 1)));

        var drained = await DrainAsync(sender);

        Assert.Equal(DrainEnd.Faulted, drained.End);
        Assert.Contains(words, drained.Fault!.Detail, StringComparison.Ordinal);
        Assert.Contains($"'{service.Address}wrong'", drained.Fault.Detail, StringComparison.Ordinal);
        var statistics = await sender.GetRequiredService<IOutboxAdmin>().GetStatisticsAsync(Channel, default);
        Assert.Equal((60, 0), (statistics.Counts[MessageStatus.Pending], statistics.Counts[MessageStatus.Failed]));
        var messages = await sender.GetRequiredService<IOutboxAdmin>().ListMessagesAsync(new() { Channel = Channel }, 0, 100, default);
        Assert.All(messages, message => Assert.Equal(0, message.AttemptCount));
    }

    [SkippableTheory]
    [InlineData(429, typeof(SubmitResult.NotAccepted))]
    [InlineData(503, typeof(SubmitResult.Unknown))]
    [InlineData(409, typeof(SubmitResult.Unknown))]
    [InlineData(413, typeof(SubmitResult.TooLarge))]
    [InlineData(400, typeof(SubmitResult.Invalid))]
    [InlineData(422, typeof(SubmitResult.Invalid))]
    [InlineData(403, typeof(SubmitResult.ChannelFault))]
    [InlineData(200, typeof(SubmitResult.Completed))]
    [InlineData(207, typeof(SubmitResult.Completed))]
    public async Task An_answer_to_a_submission_is_sorted_and_sent_once(int status, Type result)
    {
        await using var theirs = open();
        var bodies = new List<string>();
        await using var service = await StockService.StartAsync(theirs.AddRepository, map: app => app.MapPost("/answers", async (HttpContext context) =>
        {
            bodies.Add($"{context.Request.Headers["Idempotency-Key"]} {context.Request.Headers["Prefer"]} {await new StreamReader(context.Request.Body).ReadToEndAsync()}");
            context.Response.Headers.RetryAfter = "7";
            return status < 300
                ? Results.Json(new { results = new[] { new { itemId = "1", outcome = "ALREADY_APPLIED" }, new { itemId = "2", outcome = "Failed" } } }, statusCode: status)
                : Results.Problem("because", statusCode: status);
        }));
        var submitter = new HttpSubmitter(Target(service.Client) with { SubmitPath = "/answers" });

        var answer = await submitter.SubmitAsync(Submission(), default);

        Assert.IsType(result, answer);
        Assert.Equal("\"11111111-2222-3333-4444-555555555555\" respond-async, wait=0 {\"accountId\":\"a1\",\"items\":[{\"itemId\":\"1\",\"skuId\":\"sku\",\"version\":4,\"op\":\"UPSERT\",\"payload\":{\"b\": 1}}]}", Assert.Single(bodies));
        if (answer is SubmitResult.NotAccepted refused)
            Assert.Equal((TimeSpan.FromSeconds(7), true), (refused.RetryAfter, refused.IsThrottled));
        if (answer is SubmitResult.Completed completed)
            Assert.Equal([ItemOutcome.AlreadyApplied, ItemOutcome.Failed], completed.Items.Select(item => item.Outcome));
    }

    [SkippableTheory]
    [InlineData(""","retryAfter":0.25""", 0.25)]
    [InlineData("", 7)]
    [InlineData(""","retryAfter":-1""", 7)]
    [InlineData(""","retryAfter":1e9""", 7)]
    public async Task The_body_of_an_acceptance_wishes_finer_than_its_header(string wish, double seconds)
    {
        await using var theirs = open();
        await using var service = await StockService.StartAsync(theirs.AddRepository, map: app => app.MapPost("/answers", (HttpContext context) =>
        {
            context.Response.Headers.RetryAfter = "7";
            return Results.Text($$"""{"correlationId":"1"{{wish}}}""", "application/json", statusCode: 202);
        }));

        var answer = await new HttpSubmitter(Target(service.Client) with { SubmitPath = "/answers" }).SubmitAsync(Submission(), default);

        Assert.Equal(TimeSpan.FromSeconds(seconds), Assert.IsType<SubmitResult.Accepted>(answer).RetryAfter);
    }

    [SkippableFact]
    public async Task A_result_of_many_pages_is_read_whole_and_an_unknown_operation_is_lost()
    {
        await using var theirs = open();
        await using var service = await StockService.StartAsync(theirs.AddRepository, configure: options => options.ItemPageSize = 3);
        var target = Target(service.Client);
        var submission = Submission() with { Items = [.. Enumerable.Range(1, 10).Select(i => new SubmissionItem { MessageId = i, Key = $"s{i}", Version = 1, Type = "UPSERT", Body = "{}"u8.ToArray() })] };
        var accepted = (SubmitResult.Accepted)await new HttpSubmitter(target).SubmitAsync(submission, default);
        var client = new HttpOperationClient(target);
        var unknown = new OperationHandle("unknown");

        IReadOnlyList<OperationStatus> statuses;
        do
        {
            statuses = await client.GetStatusAsync([accepted.Operation, unknown], default);
        }
        while (!statuses[0].IsDone);
        var single = Assert.Single(await new HttpOperationClient(target with { BatchStatusPath = null }).GetStatusAsync([unknown], default));

        Assert.Equal(OperationState.Succeeded, statuses[0].State);
        Assert.Equal(Enumerable.Range(1, 10).Select(i => $"{i}"), statuses[0].Items.Select(item => item.ItemId));
        Assert.Equal([OperationState.Lost, OperationState.Lost], [statuses[1].State, single.State]);
        await client.CancelAsync(accepted.Operation, default);
    }

    private static HttpTarget Target(HttpClient client) => new()
    {
        Channel = new HttpChannel("stock", () => client, new() { Circuit = new() { MinimumCalls = 10_000 } }),
        SubmitPath = "stock-updates:batch",
        Body = HttpTarget.JsonBody("accountId", "skuId"),
    };

    private static Submission Submission() => new()
    {
        Id = 1,
        IdempotencyKey = "11111111-2222-3333-4444-555555555555",
        Channel = Channel,
        Group = "a1",
        Attempt = 1,
        Items = [new() { MessageId = 1, Key = "sku", Version = 4, Type = "UPSERT", Body = "{\"b\": 1}"u8.ToArray() }],
    };

    private static OutboxMessage Message(string group, string key, long version) =>
        new() { Channel = Channel, Group = group, Key = key, Version = version, Type = "UPSERT", Body = Encoding.UTF8.GetBytes($$"""{"version":{{version}}}""") };

    private static async Task<ServiceProvider> SenderAsync(Store store, HttpTarget target)
    {
        var services = store.Services(services => services.AddSingleton(TimeProvider.System).AddClutchOutbox(outbox =>
            outbox.AddChannel(Channel, _ => new HttpSubmitter(target), _ => new HttpOperationClient(target), BeFast)));
        await services.GetRequiredService<OutboxSchema>().MigrateAsync(default);
        return services;
    }

    private static void BeFast(ChannelOptions options)
    {
        options.BatchSize = 20;
        options.Ordering = Ordering.None;
        options.IdleInterval = TimeSpan.FromMilliseconds(10);
        options.Retry.FirstDelay = TimeSpan.FromMilliseconds(1);
        options.Retry.MaxDelay = TimeSpan.FromMilliseconds(20);
        options.Poll.MinDelay = TimeSpan.FromMilliseconds(1);
        options.Poll.MaxDelay = TimeSpan.FromMilliseconds(50);
        options.LostStatusGrace = TimeSpan.Zero;
        options.FaultRest = TimeSpan.FromHours(1);
    }

    private static async Task EnqueueAsync(ServiceProvider sender, IEnumerable<OutboxMessage> messages)
    {
        await using var session = await sender.GetRequiredService<RelationalDatabase>().OpenSessionAsync(default);
        await session.BeginAsync(default);
        await sender.GetRequiredService<IOutbox>().EnqueueAsync(session, messages.ToArray(), default);
        await session.CommitAsync(default);
    }

    private static Task<OutboxDrain> DrainAsync(ServiceProvider sender) => sender.GetRequiredService<OutboxRunner>().DrainAsync(Channel, default).WaitAsync(TimeSpan.FromMinutes(1));

    private static async Task LoseEverySecondAcceptanceAsync(HttpContext context, RequestDelegate next, Func<bool> isLost, Action lose)
    {
        if (!HttpMethods.IsPost(context.Request.Method) || !context.Request.Path.StartsWithSegments("/stock-updates:batch", StringComparison.Ordinal))
        {
            await next(context);
            return;
        }

        var wire = context.Response.Body;
        using var kept = new MemoryStream();
        context.Response.Body = kept;
        await next(context);
        context.Response.Body = wire;
        if (context.Response.StatusCode == (int)HttpStatusCode.Accepted && isLost())
        {
            lose();
            context.Abort();
            return;
        }

        kept.Position = 0;
        await kept.CopyToAsync(wire);
    }
}

public sealed class SqliteEndToEndTests() : EndToEndBehaviour(static () => new SqliteStore());

public sealed class PostgreSqlEndToEndTests() : EndToEndBehaviour(static () => new PostgreSqlStore());
