using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using Clutch.Ical.Values;
using NodaTime;

namespace Clutch.Ical.Recurrence;

/// <summary>What was read of a rule so far.</summary>
internal struct RuleParts()
{
    private static readonly string[] Frequencies = Enum.GetNames<RecurrenceFrequency>();

    private int _seen;
    private HashSet<string>? _seenOthers;
    private RecurrenceFrequency? _frequency;
    private int _interval = 1;
    private int? _count;
    private CalendarTime? _until;
    private IsoDayOfWeek _weekStart = IsoDayOfWeek.Monday;
    private int[] _bySecond = [];
    private int[] _byMinute = [];
    private int[] _byHour = [];
    private WeekdayRule[] _byDay = [];
    private int[] _byMonthDay = [];
    private int[] _byYearDay = [];
    private int[] _byWeekNumber = [];
    private int[] _byMonth = [];
    private int[] _bySetPosition = [];

    /// <summary>False if this part was there before.</summary>
    public bool TryNote(RulePartName name, ReadOnlySpan<char> written)
    {
        if (name == RulePartName.Other) return (_seenOthers ??= new(StringComparer.OrdinalIgnoreCase)).Add(written.ToString());
        var before = _seen;
        _seen |= 1 << (int)name;
        return _seen != before;
    }

    /// <summary>False if the value has no meaning.</summary>
    public bool TrySet(RulePartName name, ReadOnlySpan<char> value) => name switch
    {
        RulePartName.Frequency => TryReadFrequency(value, out _frequency),
        RulePartName.Interval => TryReadPositive(value, out _interval),
        RulePartName.Count => TryReadCount(value),
        RulePartName.Until => TryReadUntil(value),
        RulePartName.WeekStart => WeekdayText.TryRead(value, out _weekStart),
        RulePartName.BySecond => TryReadList(value, 0, 60, out _bySecond),
        RulePartName.ByMinute => TryReadList(value, 0, 59, out _byMinute),
        RulePartName.ByHour => TryReadList(value, 0, 23, out _byHour),
        RulePartName.ByDay => TryReadWeekdays(value, out _byDay),
        RulePartName.ByMonthDay => TryReadSigned(value, 31, out _byMonthDay),
        RulePartName.ByYearDay => TryReadSigned(value, 366, out _byYearDay),
        RulePartName.ByWeekNumber => TryReadSigned(value, 53, out _byWeekNumber),
        RulePartName.ByMonth => TryReadList(value, 1, 12, out _byMonth),
        // A second has 1 instance, a year at most 366 days of 86,400 seconds: the RFC says 366, other programs take more.
        RulePartName.BySetPosition => TryReadSigned(value, 366, out _bySetPosition),
        RulePartName.Scale => value.Equals("GREGORIAN", StringComparison.OrdinalIgnoreCase),
        RulePartName.Skip => value.Equals("OMIT", StringComparison.OrdinalIgnoreCase),
        _ => true,
    };

    public readonly bool TryBuild([NotNullWhen(true)] out RecurrenceRule? rule, out string reason)
    {
        rule = _frequency is { } frequency ? Build(frequency) : null;
        reason = rule is null ? "It has no FREQ." : "";
        return rule is not null;
    }

    private readonly RecurrenceRule Build(RecurrenceFrequency frequency) => new()
    {
        Frequency = frequency,
        Interval = _interval,
        Count = _count,
        Until = _until,
        WeekStart = _weekStart,
        BySecond = _bySecond,
        ByMinute = _byMinute,
        ByHour = _byHour,
        ByDay = _byDay,
        ByMonthDay = _byMonthDay,
        ByYearDay = _byYearDay,
        ByWeekNumber = _byWeekNumber,
        ByMonth = _byMonth,
        BySetPosition = _bySetPosition,
    };

    private bool TryReadCount(ReadOnlySpan<char> value)
    {
        var isNumber = TryReadPositive(value, out var count);
        _count = count;
        return isNumber;
    }

    private bool TryReadUntil(ReadOnlySpan<char> value)
    {
        Span<byte> ascii = stackalloc byte[TimeText.MaxLength];
        if (Ascii.FromUtf16(value, ascii, out var length) != OperationStatus.Done || !CalendarTime.TryParse(ascii[..length], null, out var until)) return false;
        _until = until;
        return true;
    }

    private static bool TryReadFrequency(ReadOnlySpan<char> value, out RecurrenceFrequency? frequency)
    {
        frequency = null;
        for (var at = 0; at < Frequencies.Length; at++)
            if (value.Equals(Frequencies[at], StringComparison.OrdinalIgnoreCase)) frequency = (RecurrenceFrequency)at;
        return frequency is not null;
    }

    private static bool TryReadPositive(ReadOnlySpan<char> value, out int number) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number > 0;

    private static bool TryReadSigned(ReadOnlySpan<char> value, int most, out int[] numbers) =>
        TryReadList(value, -most, most, out numbers) && !numbers.Contains(0);

    private static bool TryReadList(ReadOnlySpan<char> value, int least, int most, out int[] numbers)
    {
        numbers = new int[value.Count(',') + 1];
        var count = 0;
        foreach (var range in value.Split(','))
        {
            if (!int.TryParse(value[range].Trim(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)) return false;
            if (number < least || number > most) return false;
            numbers[count++] = number;
        }

        return true;
    }

    private static bool TryReadWeekdays(ReadOnlySpan<char> value, out WeekdayRule[] weekdays)
    {
        weekdays = new WeekdayRule[value.Count(',') + 1];
        var count = 0;
        foreach (var range in value.Split(','))
            if (!TryReadWeekday(value[range].Trim(), out weekdays[count++])) return false;
        return true;
    }

    private static bool TryReadWeekday(ReadOnlySpan<char> text, out WeekdayRule weekday)
    {
        weekday = default;
        if (text.Length < 2 || !WeekdayText.TryRead(text[^2..], out var day)) return false;
        if (text.Length == 2)
        {
            weekday = new(day);
            return true;
        }

        var isNumber = int.TryParse(text[..^2], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var ordinal);
        weekday = new(day, ordinal);
        return isNumber && ordinal is >= -53 and <= 53 and not 0;
    }
}
