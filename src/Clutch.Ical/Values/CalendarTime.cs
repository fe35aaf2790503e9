using System.Globalization;
using System.Text;
using NodaTime;

namespace Clutch.Ical.Values;

/// <summary>The four ways in which iCalendar writes a moment (RFC 5545, 3.3.4 and 3.3.5).</summary>
public enum CalendarTimeKind
{
    /// <summary>A whole day, in no time zone: a holiday, a birthday.</summary>
    Date,

    /// <summary>A wall-clock time that means another instant in each time zone.</summary>
    Floating,

    /// <summary>An instant, written with a trailing Z.</summary>
    Utc,

    /// <summary>A wall-clock time in the time zone named by TZID.</summary>
    Zoned,
}

/// <summary>A date or date-time as it stands in a calendar: what was written, not yet an instant.</summary>
/// <remarks>A <see cref="Zones.ZoneResolver"/> makes an instant of it. A <see cref="CalendarTimeKind.Date"/> is never one: store it as a date.</remarks>
public readonly record struct CalendarTime
{
    private CalendarTime(LocalDateTime local, CalendarTimeKind kind, string? timeZoneId)
    {
        Local = local;
        Kind = kind;
        TimeZoneId = timeZoneId;
    }

    /// <summary>The wall-clock value; for <see cref="CalendarTimeKind.Utc"/> the one in UTC, for a date its midnight.</summary>
    public LocalDateTime Local { get; }

    /// <summary>How <see cref="Local"/> is to be understood.</summary>
    public CalendarTimeKind Kind { get; }

    /// <summary>The TZID as written, or null unless <see cref="Kind"/> is <see cref="CalendarTimeKind.Zoned"/>.</summary>
    public string? TimeZoneId { get; }

    /// <summary>The calendar day of <see cref="Local"/>.</summary>
    public LocalDate Date => Local.Date;

    /// <summary>Whether this is a whole day.</summary>
    public bool IsDate => Kind == CalendarTimeKind.Date;

    /// <summary>A whole day.</summary>
    public static CalendarTime OfDate(LocalDate date) => new(date.AtMidnight(), CalendarTimeKind.Date, null);

    /// <summary>A wall-clock time without a zone.</summary>
    public static CalendarTime OfFloating(LocalDateTime local) => new(local, CalendarTimeKind.Floating, null);

    /// <summary>An instant, cut to whole seconds, which is all that iCalendar can write.</summary>
    public static CalendarTime OfInstant(Instant instant) =>
        new(SecondClock.ToLocal(instant.ToUnixTimeSeconds()), CalendarTimeKind.Utc, null);

    /// <summary>A wall-clock time in a named zone.</summary>
    /// <exception cref="ArgumentException"><paramref name="timeZoneId"/> is empty.</exception>
    public static CalendarTime OfZoned(LocalDateTime local, string timeZoneId)
    {
        ArgumentException.ThrowIfNullOrEmpty(timeZoneId);
        return new(local, CalendarTimeKind.Zoned, timeZoneId);
    }

    /// <summary>Reads <c>YYYYMMDD</c> or <c>YYYYMMDDTHHMMSS[Z]</c>; false for anything else, an impossible date included.</summary>
    /// <remarks>A second of 60 is read as 59. A trailing Z wins over <paramref name="timeZoneId"/>, and a value of eight digits is a date whatever VALUE said.</remarks>
    public static bool TryParse(ReadOnlySpan<byte> value, string? timeZoneId, out CalendarTime time)
    {
        time = default;
        if (!TimeText.TryRead(value, out var seconds, out var form)) return false;

        time = Of(seconds, form, timeZoneId);
        return true;
    }

    /// <summary>The value as RFC 5545 writes it, without its TZID: <c>20260302</c>, <c>20260302T090000Z</c>.</summary>
    public string ToValueText()
    {
        Span<byte> text = stackalloc byte[TimeText.MaxLength];
        return Encoding.ASCII.GetString(text[..TimeText.Write(this, text)]);
    }

    /// <summary>For people: the value in ISO form and its zone.</summary>
    public override string ToString() => Kind switch
    {
        CalendarTimeKind.Date => Local.ToString("uuuu'-'MM'-'dd", CultureInfo.InvariantCulture),
        CalendarTimeKind.Utc => Local.ToString("uuuu'-'MM'-'dd'T'HH':'mm':'ss'Z'", CultureInfo.InvariantCulture),
        CalendarTimeKind.Zoned => Local.ToString("uuuu'-'MM'-'dd'T'HH':'mm':'ss", CultureInfo.InvariantCulture) + " " + TimeZoneId,
        _ => Local.ToString("uuuu'-'MM'-'dd'T'HH':'mm':'ss", CultureInfo.InvariantCulture),
    };

    internal static CalendarTime Of(long localSeconds, TimeForm form, string? timeZoneId) => form switch
    {
        TimeForm.Date => new(SecondClock.ToLocal(localSeconds), CalendarTimeKind.Date, null),
        TimeForm.Utc => new(SecondClock.ToLocal(localSeconds), CalendarTimeKind.Utc, null),
        _ when !string.IsNullOrEmpty(timeZoneId) => new(SecondClock.ToLocal(localSeconds), CalendarTimeKind.Zoned, timeZoneId),
        _ => new(SecondClock.ToLocal(localSeconds), CalendarTimeKind.Floating, null),
    };

    /// <summary>The same kind and zone with another wall-clock value.</summary>
    internal CalendarTime At(long localSeconds) => new(SecondClock.ToLocal(localSeconds), Kind, TimeZoneId);

    internal long LocalSeconds => SecondClock.ToSeconds(Local);
}
