using Clutch.Outbox.Channels;

namespace Clutch.Outbox.Protocol;

/// <summary>Distances in time, with jitter so that many do not come at once.</summary>
/// <param name="random">Answers from 0 up to 1.</param>
internal sealed class Delays(Func<double> random)
{
    /// <summary>Exponential back-off with full jitter.</summary>
    public TimeSpan Backoff(SendRetryOptions retry, int attempt) => Ceiling(retry, attempt) * random();

    /// <summary>The pause after a refusal that did not say how long: never near zero, for the target just asked for less.</summary>
    public TimeSpan AfterRefusal(SendRetryOptions retry) => retry.FirstDelay * (0.5 + random());

    /// <summary>The distance to the next question about an operation.</summary>
    public TimeSpan NextPoll(PollOptions poll, TimeSpan estimate, int pollCount, TimeSpan? wished)
    {
        var distance = wished ?? (pollCount == 0 ? estimate : poll.MinDelay * Math.Pow(poll.Growth, Math.Min(pollCount, 40)));
        var clamped = Math.Clamp(distance.TotalSeconds, poll.MinDelay.TotalSeconds, poll.MaxDelay.TotalSeconds);
        // What the target wished for is never undercut.
        var spread = wished is null ? poll.Jitter * ((2 * random()) - 1) : poll.Jitter * random() * 0.5;
        return TimeSpan.FromSeconds(clamped * (1 + spread));
    }

    private static TimeSpan Ceiling(SendRetryOptions retry, int attempt)
    {
        var seconds = retry.FirstDelay.TotalSeconds * Math.Pow(2, Math.Min(Math.Max(attempt - 1, 0), 40));
        return TimeSpan.FromSeconds(Math.Min(seconds, retry.MaxDelay.TotalSeconds));
    }
}
