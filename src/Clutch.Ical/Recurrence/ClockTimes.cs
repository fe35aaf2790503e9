namespace Clutch.Ical.Recurrence;

/// <summary>The times that a rule names within each of its days, hours or minutes, in order, reached by number.</summary>
/// <remarks>BYHOUR, BYMINUTE and BYSECOND together can name 86,400 of them a day: they are counted out, never listed.</remarks>
internal sealed class ClockTimes
{
    private readonly int[] _hours;
    private readonly int[] _minutes;
    private readonly int[] _seconds;

    public ClockTimes(RecurrenceRule rule)
    {
        _hours = rule.Frequency < RecurrenceFrequency.Hourly ? Sorted(rule.ByHour) : [0];
        _minutes = rule.Frequency < RecurrenceFrequency.Minutely ? Sorted(rule.ByMinute) : [0];
        _seconds = rule.Frequency < RecurrenceFrequency.Secondly ? Sorted(rule.BySecond) : [0];
        Count = _hours.Length * _minutes.Length * _seconds.Length;
        First = At(0);
    }

    public int Count { get; }

    public int First { get; }

    public int At(int index)
    {
        var (rest, second) = Math.DivRem(index, _seconds.Length);
        var (hour, minute) = Math.DivRem(rest, _minutes.Length);
        return (_hours[hour] * 3_600) + (_minutes[minute] * 60) + _seconds[second];
    }

    private static int[] Sorted(IReadOnlyList<int> values) => [.. values.Distinct().Order()];
}
