namespace Clutch.Scheduling;

/// <summary>What a change between winter and summer time does to a firing, on the clock of the schedule's zone.</summary>
public abstract record ClockChange
{
    private ClockChange()
    {
    }

    /// <summary>The time that the trigger names is left out, so it fires when the clock has been put on.</summary>
    /// <param name="Named">The time that does not exist.</param>
    /// <param name="From">When the clock is put on.</param>
    /// <param name="To">What it shows then: the time at which it fires.</param>
    public sealed record LeftOut(DateTime Named, DateTime From, DateTime To) : ClockChange;

    /// <summary>The time that the trigger names comes twice, for the clock is set back; it fires the first time only.</summary>
    /// <param name="Named">The time.</param>
    /// <param name="Offset">Its distance from UTC the first time.</param>
    public sealed record Repeated(DateTime Named, TimeSpan Offset) : ClockChange;
}
