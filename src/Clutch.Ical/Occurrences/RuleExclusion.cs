namespace Clutch.Ical.Occurrences;

/// <summary>What an EXRULE takes away (RFC 2445, 4.8.5.2: no longer written, still met), walked beside the instances it is asked about.</summary>
internal sealed class RuleExclusion(RuleInstances rule)
{
    private RuleInstance _next = new(long.MinValue, long.MinValue, long.MinValue);
    private bool _hasEnded;

    public RuleInstances Rule => rule;

    public bool Contains(in OriginalInstance instance)
    {
        if (!_hasEnded && _next.Utc < instance.Utc) rule.Seek(instance.Local);
        while (!_hasEnded && _next.Utc < instance.Utc) _hasEnded = !rule.Next(out _next);
        return !_hasEnded && _next.Utc == instance.Utc;
    }
}
