using System.Globalization;
using CalendarSync.Accounts;
using CalendarSync.Input;
using Clutch.Ical.Recurrence;
using NodaTime;
using NodaTime.Text;

namespace CalendarSync.Events;

/// <summary>Makes an event of what a user gave, or says field by field what is wrong with it.</summary>
internal sealed class EventCheck
{
    private const int LongestRule = 500;
    private const int MostExcluded = 1_000;
    private const int MostDays = 1_000;

    private static readonly LocalDateTimePattern Minutes = LocalDateTimePattern.CreateWithInvariantCulture("uuuu'-'MM'-'dd'T'HH':'mm");
    private static readonly LocalDateTimePattern Seconds = LocalDateTimePattern.CreateWithInvariantCulture("uuuu'-'MM'-'dd'T'HH':'mm':'ss");

    private readonly EventInput _input;
    private readonly string? _zone;

    private EventCheck(EventInput input, string defaultZone)
    {
        _input = input;
        _zone = input.IsAllDay ? null : InputText.OrNull(InputText.Line(input.TimeZone)) ?? defaultZone;
    }

    /// <summary>What is wrong; empty when nothing is.</summary>
    private FieldErrors Errors { get; } = new();

    /// <summary>Checks an input.</summary>
    /// <param name="input">What the user gave.</param>
    /// <param name="defaultZone">The user's zone.</param>
    /// <param name="errors">What is wrong, empty when the answer is an event.</param>
    /// <returns>The event without id, owner and instants of change; null when something is wrong.</returns>
    public static OwnEvent? Run(EventInput input, string defaultZone, out FieldErrors errors)
    {
        var check = new EventCheck(input, defaultZone);
        var checkedEvent = check.Run();
        errors = check.Errors;
        return errors.IsEmpty ? checkedEvent : null;
    }

    private OwnEvent Run()
    {
        CheckZone();
        var start = ParseTime("start", _input.Start);
        var end = string.IsNullOrWhiteSpace(_input.End) ? DefaultEnd(start) : ParseTime("end", _input.End);
        CheckOrder(start, end);
        return new()
        {
            Uid = string.Empty,
            Title = CheckedLine("title", _input.Title, longest: 200, isRequired: true),
            Description = CheckedLines(),
            Location = InputText.OrNull(CheckedLine("location", _input.Location, longest: 500, isRequired: false)),
            Color = CheckedColor(),
            IsAllDay = _input.IsAllDay,
            StartLocal = Text(start),
            EndLocal = Text(end),
            TimeZone = _zone,
            Rule = CheckedRule(),
            Excluded = CheckedExclusions(),
            IsBusy = _input.IsBusy ?? true,
        };
    }

    private void CheckZone()
    {
        if (_zone is not null && !TimeZones.Exists(_zone))
            Errors.Add("timeZone", $"There is no time zone '{_zone}'. Take a name like Europe/Berlin or Asia/Seoul.");
    }

    private string CheckedLine(string field, string? text, int longest, bool isRequired)
    {
        var line = InputText.Line(text);
        InputText.CheckLength(Errors, field, line, longest);
        if (isRequired && line.Length == 0)
            Errors.Add(field, "Please fill this in.");
        return line;
    }

    private string? CheckedLines()
    {
        var lines = InputText.Lines(_input.Description);
        InputText.CheckLength(Errors, "description", lines, 8_000);
        return InputText.OrNull(lines);
    }

    private string? CheckedColor()
    {
        var color = InputText.OrNull(InputText.Line(_input.Color));
        if (color is not null)
            Palette.Check(Errors, "color", color);
        return color;
    }

    private LocalDateTime? ParseTime(string field, string? text)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            Errors.Add(field, "Please fill this in.");
            return null;
        }

        if (Parse(text.Trim()) is { } time && time.Year is >= 1900 and <= 2200)
            return time;
        Errors.Add(field, _input.IsAllDay ? "Write a date between 1900 and 2200, like 2026-03-02." : "Write a date and time between 1900 and 2200, like 2026-03-02T09:00.");
        return null;
    }

    private LocalDateTime? Parse(string text)
    {
        if (_input.IsAllDay)
            return LocalDatePattern.Iso.Parse(text) is { Success: true } date ? date.Value.AtMidnight() : null;
        if (Minutes.Parse(text) is { Success: true } minutes)
            return minutes.Value;
        return Seconds.Parse(text) is { Success: true } seconds ? seconds.Value : null;
    }

    private LocalDateTime? DefaultEnd(LocalDateTime? start) => _input.IsAllDay ? start?.PlusDays(1) : start?.PlusHours(1);

    private void CheckOrder(LocalDateTime? start, LocalDateTime? end)
    {
        if (start is null || end is null)
            return;
        if (_input.IsAllDay ? end <= start : InstantOf(end.Value) < InstantOf(start.Value))
            Errors.Add("end", "It ends before it begins.");
        else if (Period.DaysBetween(start.Value.Date, end.Value.Date) > MostDays)
            Errors.Add("end", $"At most {MostDays} days, please.");
    }

    private Instant InstantOf(LocalDateTime local) => local.InZoneLeniently(TimeZones.Get(_zone ?? "UTC")).ToInstant();

    private string? CheckedRule()
    {
        var text = InputText.Line(_input.Rule);
        if (text.StartsWith("RRULE:", StringComparison.OrdinalIgnoreCase))
            text = text["RRULE:".Length..];
        if (text.Length == 0)
            return null;
        if (text.Length > LongestRule)
            return Refused($"At most {LongestRule} characters, please.");
        if (!RecurrenceRule.TryParse(text, out var rule, out var reason))
            return Refused($"This is no recurrence rule: {reason}");
        return rule.Frequency is RecurrenceFrequency.Hourly or RecurrenceFrequency.Minutely or RecurrenceFrequency.Secondly
            ? Refused("Daily is the finest that an event may repeat.")
            : rule.ToString();
    }

    private string? Refused(string error)
    {
        Errors.Add("rule", error);
        return null;
    }

    private IReadOnlyList<string> CheckedExclusions()
    {
        // JSON may hold null where the type says text.
        IReadOnlyList<string?> given = _input.Excluded ?? [];
        if (given.Count > MostExcluded)
            Errors.Add("excluded", $"At most {MostExcluded} instances, please.");
        var starts = given.Take(MostExcluded).Select(text => Parse(text?.Trim() ?? string.Empty)).ToArray();
        if (starts.Any(start => start is null))
            Errors.Add("excluded", "Each is the start of an instance, in the form of the event's own start.");
        return [.. starts.Where(start => start is not null).Select(Text).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
    }

    private string Text(LocalDateTime? time) => time is not { } value ? string.Empty
        : _input.IsAllDay ? value.Date.ToString("uuuu'-'MM'-'dd", CultureInfo.InvariantCulture)
        : Seconds.Format(value);
}
