using System.Globalization;
using System.Text;
using NodaTime;

namespace Clutch.Ical.Values;

/// <summary>A length of time (RFC 5545, 3.3.6): weeks and days by the calendar, hours, minutes and seconds by the clock.</summary>
/// <remarks><c>P1D</c> over a change of daylight saving ends at the same wall-clock time; <c>PT24H</c> does not.</remarks>
/// <param name="Days">Whole calendar days, weeks counted as seven.</param>
/// <param name="Seconds">Exact seconds on top of them; of the same sign.</param>
public readonly record struct CalendarDuration(int Days, long Seconds)
{
    // Room for every span between two dates of the calendar, and far from overflow.
    private const long MostDays = 10_000L * 366;

    /// <summary>Nothing at all, written <c>PT0S</c>.</summary>
    public static CalendarDuration Zero => default;

    /// <summary>Whole calendar days.</summary>
    public static CalendarDuration OfDays(int days) => new(days, 0);

    /// <summary>An exact length, cut to whole seconds.</summary>
    public static CalendarDuration OfExact(Duration duration) => new(0, (long)Math.Truncate(duration.TotalSeconds));

    /// <summary>Whether it points backwards, as an alarm's trigger usually does.</summary>
    public bool IsNegative => Days < 0 || Seconds < 0;

    /// <summary>Both parts as one exact length, a day taken as 24 hours: for intervals and hints, not for moving a wall-clock time.</summary>
    public Duration ToApproximate() => Duration.FromDays(Days) + Duration.FromSeconds(Seconds);

    /// <summary>Reads <c>P2W</c>, <c>-PT15M</c>, <c>P1DT2H</c>; false for anything else, an empty <c>P</c> or <c>PT</c> included.</summary>
    /// <remarks>Weeks beside days are forgiven, as other programs write them.</remarks>
    public static bool TryParse(ReadOnlySpan<byte> value, out CalendarDuration duration)
    {
        duration = default;
        value = value.Trim(" \t"u8);
        var isNegative = value.StartsWith("-"u8);
        if (isNegative || value.StartsWith("+"u8)) value = value[1..];
        if (value.Length < 3 || (value[0] | 0x20) != 'p') return false;

        if (!TryReadParts(value[1..], out var days, out var seconds)) return false;
        duration = isNegative ? new((int)-days, -seconds) : new((int)days, seconds);
        return true;
    }

    /// <summary>The value as RFC 5545 writes it.</summary>
    public override string ToString()
    {
        var (days, seconds) = (Math.Abs(Days), Math.Abs(Seconds));
        var text = new StringBuilder(IsNegative ? "-P" : "P");
        if (seconds == 0 && days != 0 && days % 7 == 0) return text.Append(CultureInfo.InvariantCulture, $"{days / 7}W").ToString();

        if (days != 0) text.Append(CultureInfo.InvariantCulture, $"{days}D");
        if (seconds != 0 || days == 0) AppendClock(text.Append('T'), seconds);
        return text.ToString();
    }

    private static void AppendClock(StringBuilder text, long seconds)
    {
        var (hours, minutes, rest) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
        if (hours != 0) text.Append(CultureInfo.InvariantCulture, $"{hours}H");
        // The grammar allows no gap: hours and seconds need their minutes between them.
        if (minutes != 0 || (hours != 0 && rest != 0)) text.Append(CultureInfo.InvariantCulture, $"{minutes}M");
        if (rest != 0 || seconds == 0) text.Append(CultureInfo.InvariantCulture, $"{rest}S");
    }

    private static bool TryReadParts(ReadOnlySpan<byte> value, out long days, out long seconds)
    {
        (days, seconds) = (0, 0);
        var isClock = false;
        var lastRank = 0;
        for (var at = 0; at < value.Length;)
        {
            if ((value[at] | 0x20) == 't' && !isClock && at + 1 < value.Length)
            {
                (isClock, at) = (true, at + 1);
                continue;
            }

            if (!TryReadNumber(value, ref at, out var number) || at == value.Length) return false;
            var rank = RankOf(value[at++], isClock);
            if (rank <= lastRank) return false;

            lastRank = rank;
            if (isClock) seconds += number * SecondsPer(rank);
            else days += number * (rank == 1 ? 7 : 1);
        }

        return lastRank > 0 && days <= MostDays && seconds <= MostDays * SecondClock.SecondsPerDay;
    }

    private static bool TryReadNumber(ReadOnlySpan<byte> value, ref int at, out long number)
    {
        number = 0;
        var first = at;
        while (at < value.Length && value[at] is >= (byte)'0' and <= (byte)'9' && at - first < 12)
            number = (number * 10) + (value[at++] - '0');
        return at > first;
    }

    /// <summary>Units in the order in which they may follow each other; 0 for what is no unit here.</summary>
    private static int RankOf(byte unit, bool isClock) => (char)(unit | 0x20) switch
    {
        'w' when !isClock => 1,
        'd' when !isClock => 2,
        'h' when isClock => 3,
        'm' when isClock => 4,
        's' when isClock => 5,
        _ => 0,
    };

    private static long SecondsPer(int rank) => rank switch { 3 => 3_600, 4 => 60, _ => 1 };
}
