using System.Collections.Concurrent;

namespace Clutch.Outbox.Running;

/// <summary>Counts refusals in a row by group, so that a group whose target is down rests and the others go on.</summary>
internal sealed class GroupBreakers
{
    private readonly ConcurrentDictionary<string, int> _refusals = new(StringComparer.Ordinal);

    /// <summary>One more refusal; answers how many in a row.</summary>
    public int Refused(string group) => _refusals.AddOrUpdate(group, 1, static (_, count) => count + 1);

    public void Answered(string group) => _refusals.TryRemove(group, out _);
}
