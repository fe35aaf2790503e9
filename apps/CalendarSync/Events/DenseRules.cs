using Clutch.Ical.Components;
using Clutch.Ical.Recurrence;

namespace CalendarSync.Events;

/// <summary>Rules that repeat by the minute or second. No calendar means them: such an event is shown as its first instance alone.</summary>
/// <remarks>One of them has 43,200 instances a month, which is more than an answer holds.</remarks>
internal static class DenseRules
{
    private const string Rule = "RRULE";

    /// <summary>Whether an event has one.</summary>
    public static bool AreIn(CalendarEvent single)
    {
        ArgumentNullException.ThrowIfNull(single);
        return single.FindProperty(Rule) is not null
            && single.ListProperties(Rule).Any(property => RecurrenceRule.TryParse(property.RawValue, out var rule, out _) && rule.Frequency >= RecurrenceFrequency.Minutely);
    }

    /// <summary>Takes the rules of such an event away.</summary>
    public static void Drop(CalendarEvent single)
    {
        if (AreIn(single)) single.RemoveProperties(Rule);
    }
}
