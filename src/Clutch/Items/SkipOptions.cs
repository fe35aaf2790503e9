using Clutch.Executions;

namespace Clutch.Items;

/// <summary>Which faults may cost an item, and how many.</summary>
internal sealed record SkipOptions
{
    /// <summary>Nothing is skipped.</summary>
    public static SkipOptions None { get; } = new();

    /// <summary>Exceptions whose items may be skipped, wrapped ones included; the last rule that fits decides.</summary>
    public IReadOnlyList<SkipRule> Rules { get; init; } = [];

    /// <summary>How many items may be skipped per step and job instance, restarts included: exactly so many are allowed. Null, the default, sets no number.</summary>
    public long? Limit { get; init; }

    /// <summary>Which share of the records read may be skipped, 0 to 1; null, the default, sets none.</summary>
    /// <remarks>Looked at after each chunk once <see cref="ShareMinimum"/> records were read, and at the end of the step; of all its partitions together.</remarks>
    public double? Share { get; init; }

    /// <summary>How many records must have been read before <see cref="Share"/> can end a running step; 1,000 by default.</summary>
    public long ShareMinimum { get; init; } = 1_000;

    /// <summary>The end of a step that skipped a larger share of its records than allowed, or null.</summary>
    public SkipLimitExceededException? FindShareFault(string stepName, StepCounts counts, bool isEnd)
    {
        var records = counts.Read + counts.ReadSkipped;
        if (Share is not { } share || counts.Skipped <= share * records || (!isEnd && records < ShareMinimum))
            return null;
        return new(
            $"Step '{stepName}' skipped {counts.Skipped} of {records} records, more than the share of {share:P1} that its limit allows. " +
            "Mend the data or the step and restart, or raise the limit.",
            new InvalidDataException($"{counts.Skipped} of {records} records were skipped."));
    }
}

/// <summary>Says whether items that fail with an exception may be skipped.</summary>
/// <param name="FaultType">The exception's type; derived types are meant too.</param>
/// <param name="IsSkippable">False for an exception that must end the step although a wider rule would skip it.</param>
/// <param name="Condition">A further condition, or null.</param>
internal sealed record SkipRule(Type FaultType, bool IsSkippable = true, Func<Exception, bool>? Condition = null)
{
    public bool Fits(Exception fault) => FaultType.IsInstanceOfType(fault) && (Condition is null || Condition(fault));
}
