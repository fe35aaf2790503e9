using Clutch.Outbox.Channels;

namespace Clutch.Outbox.Protocol;

/// <summary>Distances in time, with jitter so that many do not come at once.</summary>
/// <param name="random">Answers from 0 up to 1.</param>
internal sealed class Delays(Func<double> random)
{
    /// <summary>Exponential back-off with full jitter.</summary>
    public TimeSpan Backoff(SendRetryOptions retry, int attempt) => Ceiling(retry, attempt) * random();

    /// <summary>Our own pause after a refusal, doubled with each one in a row: never near zero, for the target just asked for less.</summary>
    public TimeSpan AfterRefusal(SendRetryOptions retry, int refusals) => Least(Ceiling(retry, refusals + 1) * (0.5 + random()), retry.MaxDelay);

    /// <summary>Our own distance to the next question about an operation.</summary>
    public TimeSpan NextPoll(PollOptions poll, TimeSpan estimate, int pollCount)
    {
        var distance = pollCount == 0 ? estimate : poll.MinDelay * Math.Pow(poll.Growth, Math.Min(pollCount, 40));
        var clamped = Math.Clamp(distance.TotalSeconds, poll.MinDelay.TotalSeconds, poll.MaxDelay.TotalSeconds);
        return TimeSpan.FromSeconds(clamped * (1 + (poll.Jitter * ((2 * random()) - 1))));
    }

    /// <summary>The distance that the target wished for: never undercut, but for the operation's deadline, at which we act whatever it says.</summary>
    public TimeSpan WishedPoll(PollOptions poll, TimeSpan wished, TimeSpan untilDeadline)
    {
        var spread = poll.Jitter * random() * 0.5;
        return Most(Least(TimeSpan.FromSeconds(wished.TotalSeconds * (1 + spread)), untilDeadline), poll.MinDelay);
    }

    private static TimeSpan Least(TimeSpan one, TimeSpan other) => one < other ? one : other;

    private static TimeSpan Most(TimeSpan one, TimeSpan other) => one > other ? one : other;

    private static TimeSpan Ceiling(SendRetryOptions retry, int attempt)
    {
        var seconds = retry.FirstDelay.TotalSeconds * Math.Pow(2, Math.Min(Math.Max(attempt - 1, 0), 40));
        return TimeSpan.FromSeconds(Math.Min(seconds, retry.MaxDelay.TotalSeconds));
    }
}
