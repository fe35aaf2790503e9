using Clutch.Outbox.Channels;
using Clutch.Outbox.Faults;
using Clutch.Outbox.Protocol;
using Clutch.Outbox.Submitting;

namespace Clutch.Tests.Outbox;

public sealed class RetryWishTests
{
    [Theory]
    [InlineData(0, 1)]
    [InlineData(-3, 1)]
    [InlineData(5, 5)]
    public void A_refusal_that_wishes_no_pause_leaves_it_to_the_channel(int wishedSeconds, int seconds)
    {
        var protocol = new OutboxProtocol(new ChannelOptions(), new Safeguards(), new Delays(static () => 0.5));
        var facts = new SubmissionFacts { Id = 1, Fence = 1, State = SubmissionState.Sending, Attempts = 1, ItemCount = 1 };

        var change = protocol.AfterSubmit(facts, new SubmitResult.NotAccepted(new("busy")) { RetryAfter = TimeSpan.FromSeconds(wishedSeconds) }, TimeSpan.Zero);

        Assert.Equal(TimeSpan.FromSeconds(seconds), change.DueIn);
    }
}
