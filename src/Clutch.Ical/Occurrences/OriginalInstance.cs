namespace Clutch.Ical.Occurrences;

/// <summary>An instance of a series before overrides are looked at.</summary>
/// <param name="Local">Its wall-clock time in the zone of the series.</param>
/// <param name="Utc">Its instant.</param>
/// <param name="Floor">No later instance lies before this instant.</param>
/// <param name="EndUtc">The end that a PERIOD in an RDATE gave it, or <see cref="NoEnd"/>.</param>
internal readonly record struct OriginalInstance(long Local, long Utc, long Floor, long EndUtc)
{
    public const long NoEnd = long.MinValue;
}
