using System.Text;
using Clutch.Ical.Components;
using Clutch.Ical.Reading;
using Clutch.Ical.Zones;
using NodaTime;

namespace Clutch.Tests.Ical;

public class ScanTests
{
    private const string Plain = "DTSTART:20260302T090000Z";

    [Fact]
    public void The_hash_is_MurmurHash3_as_its_author_checks_it()
    {
        // SMHasher's check: the hashes of 0, 0 1, 0 1 2, ... under the seeds 256, 255, 254, ... hashed once more.
        var keys = Enumerable.Range(0, 256).Select(value => (byte)value).ToArray();
        var hashes = Enumerable.Range(0, 256).SelectMany(length => Bytes(MurmurHash.Compute(keys.AsSpan(0, length), (uint)(256 - length)))).ToArray();

        Assert.Equal(0x6384BA69u, BitConverter.ToUInt32(Bytes(MurmurHash.Compute(hashes, 0))));
    }

    [Theory]
    [InlineData("DTSTAMP:20990101T000000Z")]
    [InlineData("CREATED:20990101T000000Z")]
    [InlineData("X-MOZ-GENERATION:7")]
    [InlineData("BEGIN:VALARM\r\nACTION:AUDIO\r\nTRIGGER:-PT5M\r\nX-WR-ALARMUID:7\r\nEND:VALARM", "BEGIN:VALARM\r\nACTION:AUDIO\r\nTRIGGER:-PT5M\r\nX-WR-ALARMUID:8\r\nEND:VALARM")]
    [InlineData("SUMMARY:one\r\n  two", "SUMMARY:one t\r\n wo")]
    [InlineData("summary:one", "SUMMARY:one")]
    public void What_servers_change_at_each_request_does_not_change_the_hash(string line, string? other = null) =>
        Assert.Equal(HashOf(other is null ? [Plain] : [Plain, other]), HashOf(Plain, line));

    [Theory]
    [InlineData("SUMMARY:two")]
    [InlineData("SEQUENCE:1")]
    [InlineData("LAST-MODIFIED:20990101T000000Z")]
    [InlineData("BEGIN:VALARM\r\nACTION:AUDIO\r\nTRIGGER:-PT5M\r\nEND:VALARM")]
    public void What_a_person_changes_changes_the_hash(string line) => Assert.NotEqual(HashOf(Plain), HashOf(Plain, line));

    [Fact]
    public void An_event_without_UID_has_the_same_key_at_each_reading_and_another_one_another()
    {
        var first = Keys(SampleFiles.Read("32-no-uid.ics"));
        var second = Keys(Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(SampleFiles.Read("32-no-uid.ics")).Replace("DTSTAMP:2026", "DTSTAMP:2027", StringComparison.Ordinal)));

        Assert.Equal(first, second);
        Assert.Equal(2, first.Distinct().Count());
        Assert.All(first, key => Assert.StartsWith("noid:", key, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("RECURRENCE-ID;TZID=Asia/Seoul:20260302T090000", "20260302T000000Z")]
    [InlineData("RECURRENCE-ID:20260302T000000Z", "20260302T000000Z")]
    [InlineData("RECURRENCE-ID;VALUE=DATE:20260302", "20260302")]
    [InlineData("X-NONE:1", "")]
    public void The_instance_of_a_key_is_an_instant_or_a_date(string line, string expected)
    {
        var single = IcalText.Read(IcalText.Event("a", Plain, line)).Events.Single();

        Assert.Equal(new EventKey("a", expected), EventKey.Of(single, new ZoneResolver(DateTimeZone.Utc)));
    }

    [Fact]
    public void A_scan_and_a_reading_agree_on_keys_hashes_duplicates_and_faults()
    {
        foreach (var name in SampleFiles.Names)
        {
            var index = new ScanIndex();
            var scanned = CalendarScanner.Scan(SampleFiles.Read(name), index.Add);
            var read = CalendarReader.Read(SampleFiles.Read(name));

            Assert.Equal(read.Verdict, scanned.Verdict);
            if (read.Verdict == ReadVerdict.Reject) continue;

            Assert.Equal(read.CountOf(FaultKind.Duplicate), index.DuplicateCount);
            var keys = read.Calendars.SelectMany(calendar => calendar.Events.Select(single => EventKey.Of(single, ZoneResolver.For(calendar)).Hash));
            Assert.Equal(keys.Order(HashOrder), index.Entries.Keys.Order(HashOrder));
        }
    }

    [Fact]
    public void Only_what_changed_has_a_new_hash()
    {
        var before = new HashSet<ContentHash>(Hashes(IcalText.Feed(IcalText.Event("a", Plain), IcalText.Event("b", Plain), IcalText.Event("c", Plain))));

        var after = Hashes(IcalText.Feed(IcalText.Event("c", Plain, "DTSTAMP:20260101T000000Z"), IcalText.Event("b", Plain, "SUMMARY:new"), IcalText.Event("a", Plain)));

        Assert.Single(after, hash => !before.Contains(hash));
    }

    [Fact]
    public void The_properties_of_all_calendars_of_a_feed_are_counted_together_and_cost_little()
    {
        var calendar = $"BEGIN:VCALENDAR\n{string.Concat(Enumerable.Repeat("X:\n", 9_999))}END:VCALENDAR\n";
        var feed = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(calendar, 66)));   // 2 MB
        var before = GC.GetAllocatedBytesForCurrentThread();

        var result = CalendarScanner.Scan(feed, (in ScannedComponent _) => { });

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 1, 50_000_000);
        Assert.Equal(10_000, result.Calendars.Sum(each => each.Properties.Count()));
        Assert.Equal((66 * 9_999) - 10_000, result.CountOf(FaultKind.ComponentTooLarge));
    }

    [Fact]
    public void A_scanned_event_becomes_the_event_that_a_reading_gives()
    {
        var feed = SampleFiles.Read("07-apple-icloud.ics");
        CalendarEvent? scanned = null;
        CalendarScanner.Scan(feed, (in ScannedComponent component) => { if (component.Kind == ComponentKind.Event) scanned = component.ToEvent(); });

        Assert.Equal(CalendarReader.Read(feed).Events.Single().ToString(), scanned?.ToString());
        Assert.Empty(CalendarReader.ListFaults(scanned!, new ZoneResolver(DateTimeZone.Utc)));
    }

    [Fact]
    public void An_event_that_cannot_be_used_is_shown_to_who_asks_for_it()
    {
        List<string> used = [];
        List<string> skipped = [];
        var scan = new CalendarScan(
            (in ScannedComponent component) => used.Add(Encoding.UTF8.GetString(component.UidUtf8)),
            skipped: (in ScannedComponent component) => skipped.Add(Encoding.UTF8.GetString(component.UidUtf8)));

        scan.Feed("BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:a\nDTSTART:20260302T090000Z\nEND:VEVENT\nBEGIN:VEVENT\nUID:b\nDTSTART:never\nEND:VEVENT\nEND:VCALENDAR\n"u8);

        Assert.Equal(1, scan.Complete().SkippedCount);
        Assert.Equal(["a"], used);
        Assert.Equal(["b"], skipped);
    }

    [Fact]
    public void Hash_is_written_as_32_hexadecimal_digits() => Assert.Equal("0000000000000000000000000000ab0c", new ContentHash(0xAB0C).ToString());

    private static IComparer<ContentHash> HashOrder { get; } = Comparer<ContentHash>.Create((left, right) => left.Value.CompareTo(right.Value));

    private static ContentHash HashOf(params string[] lines) => Hashes(IcalText.Feed(IcalText.Event("a", lines))).Single();

    private static List<ContentHash> Hashes(byte[] feed)
    {
        List<ContentHash> hashes = [];
        CalendarScanner.Scan(feed, (in ScannedComponent component) => hashes.Add(component.Hash));
        return hashes;
    }

    private static List<string> Keys(byte[] feed) =>
        [.. CalendarReader.Read(feed).Events.Select(single => EventKey.Of(single, new ZoneResolver(DateTimeZone.Utc)).Id)];

    private static byte[] Bytes(UInt128 hash) => [.. BitConverter.GetBytes((ulong)(hash >> 64)), .. BitConverter.GetBytes((ulong)hash)];
}
