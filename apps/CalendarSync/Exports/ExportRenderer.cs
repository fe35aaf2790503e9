using System.IO.Compression;
using System.Security.Cryptography;
using CalendarSync.Events;
using Clutch.Ical.Components;
using Clutch.Ical.Values;
using Clutch.Ical.Writing;
using Clutch.Ical.Zones;
using NodaTime;

namespace CalendarSync.Exports;

/// <summary>Writes a user's own events as a calendar that every program reads. Imported events stay out: they are not the user's to publish.</summary>
internal static class ExportRenderer
{
    private const string ProductId = "-//Clutch//CalendarSync//EN";

    /// <summary>How long readers are asked to wait between two looks.</summary>
    private static readonly CalendarDuration RefreshInterval = CalendarDuration.OfExact(Duration.FromHours(1));

    /// <summary>Renders events under a name.</summary>
    public static ExportDocument Render(string name, IReadOnlyList<OwnEvent> events)
    {
        var calendar = new Calendar(ProductId) { DisplayName = name, Method = "PUBLISH", RefreshInterval = RefreshInterval };
        foreach (var own in events)
            calendar.Add(OwnEventComponent.Of(own));
        ZoneDefinitions.AddMissing(calendar, new ZoneResolver(DateTimeZone.Utc));
        calendar.SortComponents();
        var body = CalendarWriter.ToBytes(calendar);
        return new(body, Compress(body), Convert.ToHexStringLower(SHA256.HashData(body).AsSpan(0, 16)), events.Count);
    }

    private static byte[] Compress(byte[] body)
    {
        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Optimal, leaveOpen: true))
            gzip.Write(body);
        return compressed.ToArray();
    }
}
