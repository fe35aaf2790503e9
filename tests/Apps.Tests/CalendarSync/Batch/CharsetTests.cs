using CalendarSync.Jobs;
using Clutch.Ical.Reading;

namespace Apps.Tests.CalendarSync.Batch;

/// <summary>In which letters a body is read.</summary>
public sealed class CharsetTests
{
    [Theory]
    [InlineData("windows-1252", "Caf\u00e9 \u20ac", 0x43, 0x61, 0x66, 0xE9, 0x20, 0x80)]
    [InlineData("\"ISO-8859-15\"", "\u20ac", 0xA4)]
    [InlineData("euc-kr", "\ud55c\uad6d", 0xC7, 0xD1, 0xB1, 0xB9)]
    [InlineData("Shift_JIS", "\u65e5\u672c", 0x93, 0xFA, 0x96, 0x7B)]
    [InlineData("iso-8859-1", "\u00e9", 0xE9)]
    [InlineData("utf-7", "\u00e9", 0xC3, 0xA9)]
    [InlineData("klingon", "\u00e9", 0xC3, 0xA9)]
    public void A_body_is_read_in_the_charset_that_its_server_names(string charset, string title, params int[] bytes)
    {
        byte[] body = [.. "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART:20260302T090000Z\r\nSUMMARY:"u8, .. bytes.Select(value => (byte)value), .. "\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"u8];

        var read = CalendarReader.Read(body, new() { Charset = Charset.Find(charset) });

        Assert.Equal(title, Assert.Single(read.Events).Summary);
    }
}
