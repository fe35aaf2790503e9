using System.Globalization;

namespace Clutch.Server.Texts;

/// <summary>Numbers, spans and instants as people read them, in the book's language.</summary>
internal static class Figures
{
    /// <summary>A count with a mark between thousands: <c>12,345</c>.</summary>
    public static string Count(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>A count that may be cut at its bound: <c>10,000+</c>.</summary>
    public static string Count(Client.Wire.BoundedCount count) => count.IsMore ? $"{Count(count.Value)}+" : Count(count.Value);

    /// <summary>A rate with about three significant digits: <c>0.42</c>, <c>12.5</c>, <c>3,450</c>.</summary>
    public static string Rate(double perSecond) => perSecond.ToString(perSecond switch { >= 100 => "N0", >= 10 => "N1", _ => "0.##" }, CultureInfo.InvariantCulture);

    /// <summary>A share in percent: <c>42 %</c>, <c>99.7 %</c>.</summary>
    public static string Percent(double fraction) => $"{(fraction * 100).ToString(fraction is > 0.99 and < 1 or > 0 and < 0.01 ? "0.#" : "0", CultureInfo.InvariantCulture)} %";

    /// <summary>Bytes in binary units: <c>1.5 GiB</c>.</summary>
    public static string Bytes(long bytes) => bytes switch
    {
        >= 1L << 30 => string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1L << 30):0.0} GiB"),
        >= 1L << 20 => string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1L << 20):0} MiB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1024d:0} KiB"),
    };

    /// <summary>A node's machine and process: <c>host/scope/pid/start</c> is <c>host · pid</c>.</summary>
    public static string? Node(string? name) => name?.Split('/') is [var host, _, var pid, _] ? $"{host} · {pid}" : name;

    /// <summary>A span with its two largest units: <c>420 ms</c>, <c>3.4 s</c>, <c>2 min 5 s</c>, <c>1 h 12 min</c>, <c>3 d 4 h</c>.</summary>
    public static string Span(this TextBook text, double seconds)
    {
        var whole = (long)Math.Round(seconds);
        return seconds switch
        {
            < 0 => Span(text, 0),
            < 1 => text.With("unit.ms", Math.Round(seconds * 1000)),
            < 10 => text.With("unit.s", seconds.ToString("0.#", CultureInfo.InvariantCulture)),
            < 60 => text.With("unit.s", whole),
            < 3_600 => Two(text, "unit.min", whole / 60, "unit.s", whole % 60),
            < 86_400 => Two(text, "unit.h", whole / 3_600, "unit.min", whole % 3_600 / 60),
            _ => Two(text, "unit.d", whole / 86_400, "unit.h", whole % 86_400 / 3_600),
        };
    }

    /// <summary>How long ago: <c>5 min ago</c>.</summary>
    public static string Ago(this TextBook text, DateTimeOffset instant, DateTimeOffset now) => text.With("time.ago", text.Span(Math.Max(0, (now - instant).TotalSeconds)));

    /// <summary>An instant in UTC, for readers without script: <c>2026-11-24 09:00:00 UTC</c>.</summary>
    public static string Utc(DateTimeOffset instant) => instant.ToUniversalTime().ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);

    private static string Two(TextBook text, string large, long first, string small, long second) =>
        second == 0 ? text.With(large, first) : $"{text.With(large, first)} {text.With(small, second)}";
}
