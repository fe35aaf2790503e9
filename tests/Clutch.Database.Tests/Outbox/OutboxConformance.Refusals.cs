using Clutch.Database.Tests.Fixtures;
using Clutch.Outbox.Administration;
using Clutch.Outbox.Running;
using Clutch.Outbox.Submitting;

namespace Clutch.Database.Tests.Outbox;

/// <summary>A target that refuses content: whose fault is it?</summary>
public abstract partial class OutboxConformance
{
    private static SubmitResult BadRequest => new SubmitResult.Invalid(new("http-400", Status: 400));

    [SkippableFact]
    public async Task Where_a_target_refuses_all_content_the_channel_stops_and_every_message_stays()
    {
        var host = await OpenAsync(options => options.BatchSize = 8);
        host.Target.Before = _ => BadRequest;
        await host.EnqueueAsync(OutboxHost.Messages(8));

        var drain = await host.DrainAsync();

        Assert.Equal((DrainEnd.Faulted, "all-refused"), (drain.End, drain.Fault!.Type));
        Assert.Contains("resume the channel", drain.Fault.Detail, StringComparison.Ordinal);
        Assert.Contains(host.Target.Requests, request => request.Items.Count == 1);
        Assert.Equal(new Dictionary<string, long> { ["PENDING"] = 8 }, await host.CountsAsync());
        Assert.Equal(0, await host.Database.CountAsync("clutch_outbox_message WHERE attempts > 0"));
        // It tries again by itself, and what is repaired goes out.
        host.Target.Before = null;
        await host.PassAsync(TimeSpan.FromHours(2));
        Assert.Equal(DrainEnd.Idle, (await host.DrainAsync()).End);
        Assert.Equal(new Dictionary<string, long> { ["SYNCED"] = 8 }, await host.CountsAsync());
        Assert.Null((await host.Admin.GetStatisticsAsync(OutboxHost.Channel, Never)).Fault);
        host.Target.AssertExact();
    }

    [SkippableFact]
    public async Task A_channel_that_still_refuses_all_stops_again_and_fails_nothing()
    {
        var host = await OpenAsync(options => options.BatchSize = 4);
        host.Target.Before = _ => BadRequest;
        await host.EnqueueAsync(OutboxHost.Messages(4));
        for (var hour = 0; hour < 3; hour++)
        {
            Assert.Equal(DrainEnd.Faulted, (await host.DrainAsync()).End);
            await host.PassAsync(TimeSpan.FromHours(2));
        }

        Assert.Equal(new Dictionary<string, long> { ["PENDING"] = 4 }, await host.CountsAsync());
    }

    [SkippableFact]
    public async Task A_bad_message_that_is_refused_before_the_good_ones_are_tried_stops_nothing()
    {
        var host = await OpenAsync(options => (options.BatchSize, options.MaxConcurrency) = (2, 1));
        host.Target.Before = submission => submission.Items.Any(item => item.Key == "sku-00001") ? BadRequest : null;
        await host.EnqueueAsync(OutboxHost.Messages(2));

        var drain = await host.DrainAsync();

        Assert.Equal(DrainEnd.Idle, drain.End);
        Assert.Equal(("FAILED", "SYNCED"), (await host.StatusOfAsync("sku-00001"), await host.StatusOfAsync("sku-00002")));
        Assert.Equal(FailureKind.Permanent, (await host.FindAsync("sku-00001")).FailureKind);
    }

    [SkippableFact]
    public async Task A_request_of_bad_messages_only_fails_where_the_target_accepts_others_meanwhile()
    {
        var host = await OpenAsync(options => (options.BatchSize, options.MaxConcurrency) = (4, 1));
        host.Target.Before = submission => submission.Group == "closed" ? BadRequest : null;
        await host.EnqueueAsync([.. OutboxHost.Messages(4, "closed"), .. OutboxHost.Messages(4, "open")]);

        var drain = await host.DrainAsync();

        Assert.Equal(DrainEnd.Idle, drain.End);
        Assert.Equal(new Dictionary<string, long> { ["SYNCED"] = 4, ["FAILED"] = 4 }, await host.CountsAsync());
    }

    [SkippableFact]
    public async Task What_is_refused_once_more_after_an_operator_resumed_the_channel_fails()
    {
        var host = await OpenAsync(options => options.BatchSize = 4);
        host.Target.Before = _ => BadRequest;
        await host.EnqueueAsync(OutboxHost.Messages(4));
        await host.DrainAsync();
        await host.Admin.ResumeAsync(OutboxHost.Channel, null, Never);
        await host.PassAsync(TimeSpan.FromHours(2));

        var drain = await host.DrainAsync();

        Assert.Equal(DrainEnd.Idle, drain.End);
        Assert.Equal(new Dictionary<string, long> { ["FAILED"] = 4 }, await host.CountsAsync());
    }

    [SkippableFact]
    public async Task Requests_of_one_message_each_that_are_refused_in_a_row_stop_the_channel()
    {
        var host = await OpenAsync(options => (options.BatchSize, options.MaxConcurrency) = (1, 1));
        host.Target.Before = submission => submission.Items[0].Key == "sku-00001" ? null : BadRequest;
        await host.EnqueueAsync(OutboxHost.Messages(10));

        var drain = await host.DrainAsync();

        Assert.Equal((DrainEnd.Faulted, "all-refused"), (drain.End, drain.Fault!.Type));
        Assert.Equal(4, (await host.CountsAsync())["FAILED"]);
        Assert.Equal(10, (await host.CountsAsync()).Values.Sum());
    }

    [SkippableFact]
    public async Task A_split_forgets_no_attempt()
    {
        var host = await OpenAsync(options => options.Retry.MaxAttempts = 4);
        await host.EnqueueAsync(OutboxHost.Messages(2));
        var claimed = (await host.ClaimAsync())!;
        async Task AnswerAsync(SubmitResult answer)
        {
            await host.StoreAsync(host.Protocol.AfterSubmit(claimed.Facts, answer, TimeSpan.Zero));
            await host.PassAsync(TimeSpan.FromMinutes(1));
            claimed = await host.ClaimDueAsync();
        }

        await AnswerAsync(new SubmitResult.Unknown(new("reset")));
        await AnswerAsync(new SubmitResult.Unknown(new("reset")));
        await AnswerAsync(new SubmitResult.TooLarge(new("too-large", Status: 413)));

        // The request that was too large is no attempt of its parts; the two before it are.
        Assert.Equal((1, 2, 3), (claimed!.Facts.ItemCount, claimed.Facts.BaseAttempts, claimed.Facts.TotalAttempts));
        var part = claimed;
        await host.StoreAsync(host.Protocol.AfterSubmit(part.Facts, new SubmitResult.Unknown(new("reset")), TimeSpan.Zero));
        claimed = (await host.ClaimDueAsync())!;
        await host.StoreAsync(host.Protocol.AfterSubmit(claimed.Facts, new SubmitResult.Completed([]), TimeSpan.Zero));
        await host.PassAsync(TimeSpan.FromMinutes(1));
        claimed = (await host.ClaimDueAsync())!;
        Assert.Equal((part.Facts.Id, 4), (claimed.Facts.Id, claimed.Facts.TotalAttempts));
        await AnswerAsync(new SubmitResult.Unknown(new("reset")));
        var failed = await host.FindAsync(part.Submission.Items[0].Key);
        Assert.Equal((FailureKind.Exhausted, 4), (failed.FailureKind!.Value, failed.AttemptCount));
        Assert.Null(claimed);
    }

    [SkippableFact]
    public async Task Secrets_in_the_words_of_a_target_are_not_stored()
    {
        var host = await OpenAsync();
        host.Target.Item = item => new(item.ItemId, Clutch.Outbox.Operations.ItemOutcome.Failed) { Problem = new("bad", null, "Login failed: password=hunter2; see https://ann:hunter2@erp.test/.") };
        await host.EnqueueAsync(OutboxHost.Message("a"));

        await host.DrainAsync();

        Assert.Equal("bad: Login failed: password=***; see https://***@erp.test/.", (await host.FindAsync("a")).ProblemDetail);
        Assert.Equal(0, await host.Database.CountAsync("clutch_outbox_attempt WHERE problem_detail LIKE '%hunter2%'"));
    }
}
