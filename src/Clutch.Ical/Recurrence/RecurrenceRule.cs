using System.Globalization;
using System.Text;
using Clutch.Ical.Values;
using NodaTime;

namespace Clutch.Ical.Recurrence;

/// <summary>A recurrence rule (RFC 5545, 3.3.10).</summary>
/// <remarks>A rule alone names no dates: it needs the DTSTART of its event, which also counts as the first instance.</remarks>
public sealed record RecurrenceRule
{
    /// <summary>FREQ: the period that repeats.</summary>
    public required RecurrenceFrequency Frequency { get; init; }

    /// <summary>INTERVAL: every how many periods, 1 by default.</summary>
    public int Interval { get; init; } = 1;

    /// <summary>COUNT: how many instances, the first included, or null. Should UNTIL be there too, the limit that is reached first ends the rule.</summary>
    public int? Count { get; init; }

    /// <summary>UNTIL: the last moment at which an instance may start, or null.</summary>
    public CalendarTime? Until { get; init; }

    /// <summary>WKST: the day on which a week begins, Monday by default.</summary>
    public IsoDayOfWeek WeekStart { get; init; } = IsoDayOfWeek.Monday;

    /// <summary>BYSECOND: 0 to 60; 60 is read as 59.</summary>
    public IReadOnlyList<int> BySecond { get; init; } = [];

    /// <summary>BYMINUTE: 0 to 59.</summary>
    public IReadOnlyList<int> ByMinute { get; init; } = [];

    /// <summary>BYHOUR: 0 to 23.</summary>
    public IReadOnlyList<int> ByHour { get; init; } = [];

    /// <summary>BYDAY. Ordinals count within months or years only; finer frequencies take every such weekday.</summary>
    public IReadOnlyList<WeekdayRule> ByDay { get; init; } = [];

    /// <summary>BYMONTHDAY: 1 to 31, or -31 to -1 from the end.</summary>
    public IReadOnlyList<int> ByMonthDay { get; init; } = [];

    /// <summary>BYYEARDAY: 1 to 366, or -366 to -1 from the end.</summary>
    public IReadOnlyList<int> ByYearDay { get; init; } = [];

    /// <summary>BYWEEKNO: 1 to 53, or -53 to -1 from the end, of weeks that begin on <see cref="WeekStart"/>.</summary>
    public IReadOnlyList<int> ByWeekNumber { get; init; } = [];

    /// <summary>BYMONTH: 1 to 12.</summary>
    public IReadOnlyList<int> ByMonth { get; init; } = [];

    /// <summary>BYSETPOS: which of the instances of a period, from the end if negative.</summary>
    public IReadOnlyList<int> BySetPosition { get; init; } = [];

    /// <summary>Reads a rule.</summary>
    /// <exception cref="FormatException">The text is no rule, or one that this library does not expand.</exception>
    public static RecurrenceRule Parse(string text) =>
        TryParse(text, out var rule, out var reason) ? rule : throw new FormatException($"'{text}' is no recurrence rule. {reason}");

    /// <summary>Reads a rule; false, and why, when it is none or one that this library does not expand. Unknown parts are ignored.</summary>
    public static bool TryParse(string text, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out RecurrenceRule? rule, out string reason)
    {
        ArgumentNullException.ThrowIfNull(text);
        return RuleParser.TryParse(text.AsSpan(), out rule, out reason);
    }

    internal static bool TryParse(ReadOnlySpan<byte> utf8, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out RecurrenceRule? rule, out string reason) =>
        RuleParser.TryParse(utf8, out rule, out reason);

    /// <summary>The rule as RFC 5545 writes it.</summary>
    public override string ToString()
    {
        var text = new StringBuilder("FREQ=").Append(Frequency.ToString().ToUpperInvariant());
        if (Interval != 1) text.Append(CultureInfo.InvariantCulture, $";INTERVAL={Interval}");
        if (Count is { } count) text.Append(CultureInfo.InvariantCulture, $";COUNT={count}");
        if (Until is { } until) text.Append(";UNTIL=").Append(until.ToValueText());
        Append(text, "BYMONTH", ByMonth);
        Append(text, "BYWEEKNO", ByWeekNumber);
        Append(text, "BYYEARDAY", ByYearDay);
        Append(text, "BYMONTHDAY", ByMonthDay);
        Append(text, "BYDAY", ByDay);
        Append(text, "BYHOUR", ByHour);
        Append(text, "BYMINUTE", ByMinute);
        Append(text, "BYSECOND", BySecond);
        Append(text, "BYSETPOS", BySetPosition);
        if (WeekStart != IsoDayOfWeek.Monday) text.Append(";WKST=").Append(WeekdayText.Of(WeekStart));
        return text.ToString();
    }

    /// <summary>The same rule, part by part.</summary>
    public bool Equals(RecurrenceRule? other) => other is not null && string.Equals(ToString(), other.ToString(), StringComparison.Ordinal);

    /// <inheritdoc/>
    public override int GetHashCode() => StringComparer.Ordinal.GetHashCode(ToString());

    private static void Append<T>(StringBuilder text, string name, IReadOnlyList<T> values) where T : IFormattable
    {
        if (values.Count > 0) text.Append(';').Append(name).Append('=').AppendJoin(',', values.Select(value => value.ToString(null, CultureInfo.InvariantCulture)));
    }

    private static void Append(StringBuilder text, string name, IReadOnlyList<WeekdayRule> values)
    {
        if (values.Count > 0) text.Append(';').Append(name).Append('=').AppendJoin(',', values);
    }
}
