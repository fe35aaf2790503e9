using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using Clutch.Ical.Values;

namespace Clutch.Ical.Recurrence;

/// <summary>Reads the text of a rule (RFC 5545, 3.3.10; RSCALE and SKIP of RFC 7529 as far as they mean what RFC 5545 does).</summary>
internal static class RuleParser
{
    public static bool TryParse(string text, [NotNullWhen(true)] out RecurrenceRule? rule, out string reason)
    {
        var parts = new RuleParts();
        rule = null;
        foreach (var part in text.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            if (!parts.TryTake(part, out reason)) return false;
        return parts.TryBuild(out rule, out reason);
    }

    private sealed class RuleParts
    {
        private readonly HashSet<string> _seen = new(StringComparer.Ordinal);
        private RecurrenceFrequency? _frequency;
        private RecurrenceRule _rule = new() { Frequency = RecurrenceFrequency.Yearly };

        public bool TryTake(string part, out string reason)
        {
            var equals = part.IndexOf('=', StringComparison.Ordinal);
            var name = (equals < 0 ? part : part[..equals]).Trim().ToUpperInvariant();
            var value = equals < 0 ? "" : part[(equals + 1)..].Trim();
            reason = "";
            if (!_seen.Add(name)) reason = $"The part {name} stands twice.";
            else if (!TrySet(name, value.ToUpperInvariant())) reason = name is "RSCALE" or "SKIP"
                ? $"{name}={value} is not supported: only the Gregorian calendar, and only leaving out dates that do not exist."
                : $"{name}={value} has no meaning.";
            return reason.Length == 0;
        }

        public bool TryBuild([NotNullWhen(true)] out RecurrenceRule? rule, out string reason)
        {
            rule = _frequency is { } frequency ? _rule with { Frequency = frequency } : null;
            reason = rule is null ? "It has no FREQ." : "";
            return rule is not null;
        }

        private bool TrySet(string name, string value) => name switch
        {
            "FREQ" => TrySetFrequency(value),
            "INTERVAL" => TryReadPositive(value, out var interval) && Keep(_rule with { Interval = interval }),
            "COUNT" => TryReadPositive(value, out var count) && Keep(_rule with { Count = count }),
            "UNTIL" => CalendarTime.TryParse(Encoding.UTF8.GetBytes(value), null, out var until) && Keep(_rule with { Until = until }),
            "WKST" => WeekdayText.TryRead(value, out var weekday) && Keep(_rule with { WeekStart = weekday }),
            "BYSECOND" => TryReadList(value, 0, 60, out var seconds) && Keep(_rule with { BySecond = seconds }),
            "BYMINUTE" => TryReadList(value, 0, 59, out var minutes) && Keep(_rule with { ByMinute = minutes }),
            "BYHOUR" => TryReadList(value, 0, 23, out var hours) && Keep(_rule with { ByHour = hours }),
            "BYDAY" => TryReadWeekdays(value, out var weekdays) && Keep(_rule with { ByDay = weekdays }),
            "BYMONTHDAY" => TryReadSigned(value, 31, out var monthDays) && Keep(_rule with { ByMonthDay = monthDays }),
            "BYYEARDAY" => TryReadSigned(value, 366, out var yearDays) && Keep(_rule with { ByYearDay = yearDays }),
            "BYWEEKNO" => TryReadSigned(value, 53, out var weeks) && Keep(_rule with { ByWeekNumber = weeks }),
            "BYMONTH" => TryReadList(value, 1, 12, out var months) && Keep(_rule with { ByMonth = months }),
            // A second has 1 instance, a year at most 366 days of 86,400 seconds: the RFC says 366, other programs take more.
            "BYSETPOS" => TryReadSigned(value, 366, out var positions) && Keep(_rule with { BySetPosition = positions }),
            "RSCALE" => value is "GREGORIAN",
            "SKIP" => value is "OMIT",
            _ => true,
        };

        private bool Keep(RecurrenceRule rule)
        {
            _rule = rule;
            return true;
        }

        private bool TrySetFrequency(string value)
        {
            _frequency = value switch
            {
                "YEARLY" => RecurrenceFrequency.Yearly,
                "MONTHLY" => RecurrenceFrequency.Monthly,
                "WEEKLY" => RecurrenceFrequency.Weekly,
                "DAILY" => RecurrenceFrequency.Daily,
                "HOURLY" => RecurrenceFrequency.Hourly,
                "MINUTELY" => RecurrenceFrequency.Minutely,
                "SECONDLY" => RecurrenceFrequency.Secondly,
                _ => null,
            };
            return _frequency is not null;
        }
    }

    private static bool TryReadPositive(string value, out int number) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number > 0;

    private static bool TryReadSigned(string value, int most, out int[] numbers) =>
        TryReadList(value, -most, most, out numbers) && !numbers.Contains(0);

    private static bool TryReadList(string value, int least, int most, out int[] numbers)
    {
        var texts = value.Split(',', StringSplitOptions.TrimEntries);
        numbers = new int[texts.Length];
        for (var at = 0; at < texts.Length; at++)
        {
            if (!int.TryParse(texts[at], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out numbers[at])) return false;
            if (numbers[at] < least || numbers[at] > most) return false;
        }

        return true;
    }

    private static bool TryReadWeekdays(string value, out WeekdayRule[] weekdays)
    {
        var texts = value.Split(',', StringSplitOptions.TrimEntries);
        weekdays = new WeekdayRule[texts.Length];
        for (var at = 0; at < texts.Length; at++)
            if (!TryReadWeekday(texts[at], out weekdays[at])) return false;
        return true;
    }

    private static bool TryReadWeekday(string text, out WeekdayRule weekday)
    {
        weekday = default;
        if (text.Length < 2 || !WeekdayText.TryRead(text.AsSpan(text.Length - 2), out var day)) return false;
        if (text.Length == 2)
        {
            weekday = new(day);
            return true;
        }

        var isNumber = int.TryParse(text.AsSpan(0, text.Length - 2), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var ordinal);
        weekday = new(day, ordinal);
        return isNumber && ordinal is >= -53 and <= 53 and not 0;
    }
}
