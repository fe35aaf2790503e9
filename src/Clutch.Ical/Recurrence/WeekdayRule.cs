using System.Globalization;
using NodaTime;

namespace Clutch.Ical.Recurrence;

/// <summary>One entry of BYDAY (RFC 5545, 3.3.10): <c>MO</c> is every Monday, <c>2MO</c> the second, <c>-1MO</c> the last of its month or year.</summary>
/// <param name="Weekday">The day of the week.</param>
/// <param name="Ordinal">Which of them, counted from the end if negative; 0 means all. -53 to 53.</param>
public readonly record struct WeekdayRule(IsoDayOfWeek Weekday, int Ordinal = 0)
{
    /// <summary>The value as RFC 5545 writes it.</summary>
    public override string ToString() => (Ordinal == 0 ? "" : Ordinal.ToString(CultureInfo.InvariantCulture)) + WeekdayText.Of(Weekday);
}
