using System.Text;
using NodaTime;

namespace Clutch.Ical.Reading;

/// <summary>How to read a feed.</summary>
public sealed record ReadOptions
{
    /// <summary>How much to take: <see cref="ReadLimits"/> for strangers by default.</summary>
    public ReadLimits Limits { get; init; } = new();

    /// <summary>The charset that the transport declared, or null for UTF-8. A byte order mark in the feed wins over it.</summary>
    public Encoding? Charset { get; init; }

    /// <summary>The zone of the subscription: floating times, and TZIDs that nobody knows, are read in it. UTC by default.</summary>
    public DateTimeZone DefaultZone { get; init; } = DateTimeZone.Utc;

    internal static ReadOptions Default { get; } = new();
}
