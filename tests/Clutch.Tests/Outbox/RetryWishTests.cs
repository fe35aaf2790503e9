using Clutch.Outbox.Channels;
using Clutch.Outbox.Faults;
using Clutch.Outbox.Operations;
using Clutch.Outbox.Protocol;
using Clutch.Outbox.Submitting;

namespace Clutch.Tests.Outbox;

public sealed class RetryWishTests
{
    private static readonly OperationHandle Operation = new("1");

    private static SubmissionFacts Facts => new() { Id = 1, Fence = 1, State = SubmissionState.Sending, Attempts = 1, ItemCount = 1 };

    [Theory]
    [InlineData(0, 1)]
    [InlineData(-3, 1)]
    [InlineData(0.2, 1)]
    [InlineData(5, 5)]
    public void A_refusal_that_wishes_less_than_the_channels_own_pause_leaves_it_to_the_channel(double wishedSeconds, int seconds)
    {
        var change = Protocol(0.5).AfterSubmit(Facts, new SubmitResult.NotAccepted(new("busy")) { RetryAfter = TimeSpan.FromSeconds(wishedSeconds) }, TimeSpan.Zero);

        Assert.Equal(TimeSpan.FromSeconds(seconds), change.DueIn);
    }

    [Fact]
    public void The_pause_after_refusals_in_a_row_grows_up_to_the_longest_delay_and_starts_anew_after_another_answer()
    {
        var facts = Facts;
        var pauses = new List<double>();
        for (var i = 0; i < 12; i++)
        {
            var refused = Protocol(0.5).AfterSubmit(facts, new SubmitResult.NotAccepted(new("busy")), TimeSpan.Zero);
            pauses.Add(refused.DueIn!.Value.TotalSeconds);
            facts = facts with { Refusals = refused.Refusals };
        }

        Assert.Equal([1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 600, 600], pauses);
        Assert.Equal(0, Protocol(0.5).AfterSubmit(facts, new SubmitResult.Unknown(new("reset")), TimeSpan.Zero).Refusals);
    }

    [Theory]
    [InlineData(60, 0, 60)]
    [InlineData(7_200, 0, 900)]
    [InlineData(60, 880, 20)]
    [InlineData(0, 0, 0.25)]
    public void An_operation_is_asked_for_as_late_as_the_target_wishes_and_at_its_deadline_at_the_latest(double wishedSeconds, double sinceAcceptedSeconds, double seconds)
    {
        var facts = Facts with { State = SubmissionState.Submitted, SinceAccepted = TimeSpan.FromSeconds(sinceAcceptedSeconds) };

        var change = Protocol(0).AfterStatus(facts, new() { Operation = Operation, State = OperationState.Running, RetryAfter = TimeSpan.FromSeconds(wishedSeconds) });

        Assert.Equal(TimeSpan.FromSeconds(seconds), change.DueIn);
    }

    [Fact]
    public void The_first_question_waits_as_the_acceptance_wishes_and_where_it_wishes_nothing_for_ten_seconds_at_most()
    {
        var wished = Protocol(0).AfterSubmit(Facts, new SubmitResult.Accepted(Operation) { RetryAfter = TimeSpan.FromMinutes(5) }, TimeSpan.Zero);
        var own = Protocol(0.5).AfterSubmit(Facts, new SubmitResult.Accepted(Operation), TimeSpan.FromMinutes(5));

        Assert.Equal((TimeSpan.FromMinutes(5), TimeSpan.FromSeconds(10)), (wished.DueIn, own.DueIn));
    }

    private static OutboxProtocol Protocol(double random) => new(new ChannelOptions(), new Safeguards(), new Delays(() => random));
}
