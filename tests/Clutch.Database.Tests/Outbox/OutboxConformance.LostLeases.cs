using Clutch.Outbox.Administration;

namespace Clutch.Database.Tests.Outbox;

/// <summary>T6 and T9 where senders die: a lost lease costs no attempt, and is counted apart.</summary>
public abstract partial class OutboxConformance
{
    [SkippableFact]
    public async Task T6_the_submission_of_a_dead_process_is_taken_over_with_its_key()
    {
        var host = await OpenAsync();
        await host.EnqueueAsync(OutboxHost.Messages(2));
        var dead = (await host.ClaimAsync("dead"))!;
        await host.PassAsync(TimeSpan.FromMinutes(5));

        var taken = (await host.ClaimDueAsync("alive"))!;

        Assert.Equal((dead.Submission.IdempotencyKey, dead.Facts.Fence + 1, "dead"), (taken.Submission.IdempotencyKey, taken.Facts.Fence, taken.PreviousOwner));
        Assert.Equal((1, 1), (taken.Facts.Attempts, taken.Facts.LostLeases));
        // Those who send it are told that it is sent once more.
        Assert.Equal(2, taken.Submission.Attempt);
    }

    [SkippableFact]
    public async Task T6_processes_that_die_use_up_no_attempt()
    {
        var host = await OpenAsync(options => options.Retry.MaxAttempts = 2);
        await host.EnqueueAsync(OutboxHost.Messages(2));
        await LoseLeasesAsync(host, 6);

        await host.DrainAsync();

        Assert.Equal(new Dictionary<string, long> { ["SYNCED"] = 2 }, await host.CountsAsync());
        Assert.Equal(1, (await host.FindAsync("sku-00001")).AttemptCount);
    }

    [SkippableFact]
    public async Task T9_a_submission_whose_senders_die_each_time_fails_in_the_end()
    {
        var host = await OpenAsync(options => options.Retry.MaxLostLeases = 2);
        await host.EnqueueAsync(OutboxHost.Messages(2));
        await LoseLeasesAsync(host, 3);

        await host.DrainAsync();

        Assert.Empty(host.Target.Requests);
        var failed = await host.FindAsync("sku-00001");
        Assert.Equal((FailureKind.Exhausted, "leases-lost"), (failed.FailureKind!.Value, failed.ProblemType));
    }

    [SkippableFact]
    public async Task T6_a_submission_that_lost_as_many_leases_as_it_may_is_still_sent()
    {
        var host = await OpenAsync(options => options.Retry.MaxLostLeases = 2);
        await host.EnqueueAsync(OutboxHost.Messages(2));
        await LoseLeasesAsync(host, 2);

        await host.DrainAsync();

        Assert.Equal(new Dictionary<string, long> { ["SYNCED"] = 2 }, await host.CountsAsync());
    }

    /// <summary>So many processes take the submission, one after the other, and are not heard of again.</summary>
    private static async Task LoseLeasesAsync(OutboxHost host, int count)
    {
        Assert.NotNull(await host.ClaimAsync("dead-1"));
        await host.PassAsync(TimeSpan.FromMinutes(5));
        for (var death = 2; death <= count; death++)
        {
            Assert.NotNull(await host.ClaimDueAsync($"dead-{death}"));
            await host.PassAsync(TimeSpan.FromMinutes(5));
        }
    }
}
