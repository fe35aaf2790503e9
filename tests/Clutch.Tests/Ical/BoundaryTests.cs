using Clutch.Ical.Reading;

namespace Clutch.Tests.Ical;

public class BoundaryTests
{
    private static readonly int[] PieceLengths = [1, 2, 3, 7, 4096];

    public static TheoryData<string> Samples => SampleFiles.Theory;

    [Theory]
    [MemberData(nameof(Samples))]
    public void How_the_bytes_are_cut_into_pieces_makes_no_difference(string name)
    {
        var feed = SampleFiles.Read(name);
        var whole = ReadDigest.Of(CalendarReader.Read(feed));

        foreach (var length in PieceLengths) Assert.Equal(whole, ReadDigest.Of(ReadDigest.ReadInPieces(feed, length)));
    }

    [Theory]
    [MemberData(nameof(Samples))]
    public void A_sample_cut_short_anywhere_is_refused_or_whole(string name)
    {
        var feed = SampleFiles.Read(name);
        var whole = CalendarReader.Read(feed);
        // The two samples of some 100 kB are cut every 997 bytes and near both ends.
        for (var length = 0; length < feed.Length; length += feed.Length < 10_000 || length < 400 || feed.Length - length < 400 ? 1 : 997)
        {
            var cut = CalendarReader.Read(feed.AsSpan(0, length));

            // Whole only if nothing but blank space, or whole calendars, are missing.
            if (cut.Verdict != ReadVerdict.Reject) Assert.True(cut.Calendars.Count <= whole.Calendars.Count && IsEndOfCalendar(feed.AsSpan(0, length)), $"{name} cut at {length} reads as {cut.Verdict}.");
        }
    }

    private static bool IsEndOfCalendar(ReadOnlySpan<byte> feed) =>
        feed.TrimEnd(" \t\r\n"u8).EndsWith("END:VCALENDAR"u8) || feed.TrimEnd(" \t\r\n"u8).EndsWith("end:vcalendar"u8);
}
