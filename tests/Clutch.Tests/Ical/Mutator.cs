namespace Clutch.Tests.Ical;

/// <summary>Makes damaged feeds of good ones: bits flipped, bytes cut out or doubled, lines swapped between feeds, keywords planted.</summary>
internal sealed class Mutator(Random random, byte[][] seeds)
{
    private static readonly byte[][] Keywords =
    [
        "BEGIN:VEVENT\r\n"u8.ToArray(), "END:VEVENT\r\n"u8.ToArray(), "BEGIN:VALARM\r\n"u8.ToArray(), "\r\n "u8.ToArray(), "\r"u8.ToArray(), "\n"u8.ToArray(), "\0"u8.ToArray(),
        "RRULE:FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30\r\n"u8.ToArray(), "RRULE:FREQ=YEARLY;BYDAY=-53SU,5MO;BYSETPOS=-366\r\n"u8.ToArray(), "EXRULE:FREQ=HOURLY\r\n"u8.ToArray(),
        "DTSTART:99991231T235959Z\r\n"u8.ToArray(), "DTSTART;VALUE=DATE:00010101\r\n"u8.ToArray(), "DURATION:P9999999D\r\n"u8.ToArray(), "DTEND:99991231\r\n"u8.ToArray(),
        "RECURRENCE-ID;RANGE=THISANDFUTURE:20260302T000000Z\r\n"u8.ToArray(), "RDATE;VALUE=PERIOD:20260303T090000Z/P1W,20260304T090000Z/20260304T093000Z\r\n"u8.ToArray(),
        "TZOFFSETTO:+1759\r\n"u8.ToArray(), "BEGIN:DAYLIGHT\r\n"u8.ToArray(), ";TZID=\"(UTC+01:00) Berlin\""u8.ToArray(), "\""u8.ToArray(), [0xC3], [0xED, 0xA0, 0x80], [0xFF, 0xFE], [0xEF, 0xBB, 0xBF],
        "EXDATE;VALUE=DATE:20260302,20260303\r\n"u8.ToArray(), ";INTERVAL=2147483647"u8.ToArray(), ";COUNT=2147483647"u8.ToArray(), ";UNTIL=20300101"u8.ToArray(),
    ];

    public byte[] Next()
    {
        if (random.Next(50) == 0) return Noise();
        var feed = seeds[random.Next(seeds.Length)].ToList();
        for (var count = random.Next(1, 6); count > 0 && feed.Count > 0; count--) Mutate(feed);
        return [.. feed];
    }

    private void Mutate(List<byte> feed)
    {
        var at = random.Next(feed.Count);
        switch (random.Next(7))
        {
            case 0: feed[at] ^= (byte)(1 << random.Next(8)); break;
            case 1: feed[at] = (byte)random.Next(256); break;
            case 2: feed.RemoveRange(at, Math.Min(feed.Count - at, random.Next(1, 40))); break;
            case 3: feed.InsertRange(at, feed.GetRange(at, Math.Min(feed.Count - at, random.Next(1, 200)))); break;
            case 4: feed.InsertRange(at, Keywords[random.Next(Keywords.Length)]); break;
            case 5: feed.InsertRange(LineStart(feed, at), Keywords[random.Next(Keywords.Length)]); break;
            default: feed.InsertRange(LineStart(feed, at), Borrowed()); break;
        }
    }

    private static int LineStart(List<byte> feed, int at) => feed.LastIndexOf((byte)'\n', at) + 1;

    private byte[] Borrowed()
    {
        var other = seeds[random.Next(seeds.Length)];
        var start = random.Next(other.Length);
        return other[start..Math.Min(other.Length, start + random.Next(1, 300))];
    }

    private byte[] Noise()
    {
        var noise = new byte[random.Next(300)];
        random.NextBytes(noise);
        return noise;
    }
}
