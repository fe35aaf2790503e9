namespace Clutch.Outbox.Storage;

/// <summary>A message on its way into the table.</summary>
/// <param name="Message">What it says.</param>
/// <param name="LatestWins">Whether it supersedes older versions of its key.</param>
/// <param name="IsSuperseded">Whether a newer version came with it.</param>
/// <param name="TraceParent">The span it comes from, or null.</param>
internal readonly record struct EnqueuedMessage(OutboxMessage Message, bool LatestWins, bool IsSuperseded, string? TraceParent)
{
    public int Status => IsSuperseded ? 5 : 0;
}
