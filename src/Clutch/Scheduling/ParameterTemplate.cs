using System.Globalization;
using System.Text;

namespace Clutch.Scheduling;

/// <summary>A parameter's value with parts that are computed for each firing.</summary>
/// <remarks>
/// <c>{scheduled}</c> is the scheduled time as an instant in UTC; <c>{scheduled:yyyy-MM-dd}</c> its date in the schedule's zone, in any .NET format;
/// <c>{scheduled-1d:yyyy-MM-dd}</c> the day before. Spans are whole numbers of <c>d</c> (calendar days), <c>h</c> or <c>m</c> (minutes). <c>{schedule}</c> is the schedule's name; <c>{{</c> and <c>}}</c> are braces.
/// </remarks>
public static class ParameterTemplate
{
    private const string Time = "scheduled";

    /// <summary>The value for one firing.</summary>
    /// <param name="template">The template.</param>
    /// <param name="scheduleName">The schedule.</param>
    /// <param name="scheduledAt">The time the firing was meant for, spread and jitter left out.</param>
    /// <param name="zone">The schedule's zone.</param>
    /// <exception cref="FormatException">The template is not one; the message says what it may be.</exception>
    public static string Expand(string template, string scheduleName, DateTimeOffset scheduledAt, TimeZoneInfo zone)
    {
        ArgumentNullException.ThrowIfNull(template);
        ArgumentNullException.ThrowIfNull(zone);
        var text = new StringBuilder();
        for (var index = 0; index < template.Length; index++)
        {
            var next = index + 1 < template.Length ? template[index + 1] : '\0';
            switch (template[index])
            {
                case '{' or '}' when next == template[index]:
                    text.Append(template[index++]);
                    break;
                case '{' when template.IndexOf('}', index) is > 0 and var end:
                    text.Append(Value(template[(index + 1)..end], scheduleName, scheduledAt, zone));
                    index = end;
                    break;
                case '{' or '}':
                    throw new FormatException($"The brace at {(index + 1).ToString(CultureInfo.InvariantCulture)} in '{template}' has no counterpart; write two for one.");
                default:
                    text.Append(template[index]);
                    break;
            }
        }

        return text.ToString();
    }

    private static string Value(string placeholder, string scheduleName, DateTimeOffset scheduledAt, TimeZoneInfo zone)
    {
        if (placeholder == "schedule")
            return scheduleName;
        if (!placeholder.StartsWith(Time, StringComparison.Ordinal))
            throw Unknown(placeholder);
        var rest = placeholder[Time.Length..];
        var colon = rest.IndexOf(':', StringComparison.Ordinal);
        var shift = colon < 0 ? rest : rest[..colon];
        if (shift.Length == 0 && colon < 0)
            return scheduledAt.ToUniversalTime().ToString("O", CultureInfo.InvariantCulture);
        var moved = Shift(shift, scheduledAt, zone, placeholder);
        return moved.ToString(colon < 0 ? "O" : rest[(colon + 1)..], CultureInfo.InvariantCulture);
    }

    // Days are days of the calendar: the day before a change of the clock is not 24 hours earlier.
    private static DateTimeOffset Shift(string shift, DateTimeOffset scheduledAt, TimeZoneInfo zone, string placeholder)
    {
        var local = TimeZoneInfo.ConvertTime(scheduledAt, zone);
        if (shift.Length == 0)
            return local;
        if (shift.Length < 3 || shift[0] is not ('+' or '-') || !int.TryParse(shift.AsSpan(1, shift.Length - 2), NumberStyles.None, CultureInfo.InvariantCulture, out var amount))
            throw Unknown(placeholder);
        var signed = shift[0] == '-' ? -amount : amount;
        return shift[^1] switch
        {
            'd' => new DateTimeOffset(local.DateTime.AddDays(signed), TimeSpan.Zero),
            'h' => TimeZoneInfo.ConvertTime(scheduledAt.AddHours(signed), zone),
            'm' => TimeZoneInfo.ConvertTime(scheduledAt.AddMinutes(signed), zone),
            _ => throw Unknown(placeholder),
        };
    }

    private static FormatException Unknown(string placeholder) => new(
        $"'{{{placeholder}}}' is not known; there are {{schedule}}, {{scheduled}}, {{scheduled:yyyy-MM-dd}} and shifted times such as {{scheduled-1d:yyyy-MM-dd}}.");
}
