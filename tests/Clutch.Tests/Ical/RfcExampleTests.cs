using System.Text;
using Clutch.Ical.Occurrences;
using Clutch.Ical.Reading;
using Clutch.Ical.Zones;

namespace Clutch.Tests.Ical;

/// <summary>Every example of RFC 5545, 3.8.5.3, in its order, with its own list of dates. All are in America/New_York at 09:00 unless shown.</summary>
public class RfcExampleTests
{
    [Theory]
    [InlineData("Daily for 10 occurrences", "19970902", "FREQ=DAILY;COUNT=10", "1997 Sep 2-11")]
    [InlineData("Daily until December 24, 1997", "19970902", "FREQ=DAILY;UNTIL=19971224T000000Z", "1997 Sep 2-30; Oct 1-31; Nov 1-30; Dec 1-23")]
    [InlineData("Every 10 days, 5 occurrences", "19970902", "FREQ=DAILY;INTERVAL=10;COUNT=5", "1997 Sep 2,12,22; Oct 2,12")]
    [InlineData("Every day in January, for 3 years, yearly", "19980101", "FREQ=YEARLY;UNTIL=20000131T140000Z;BYMONTH=1;BYDAY=SU,MO,TU,WE,TH,FR,SA", "1998 Jan 1-31 | 1999 Jan 1-31 | 2000 Jan 1-31")]
    [InlineData("Every day in January, for 3 years, daily", "19980101", "FREQ=DAILY;UNTIL=20000131T140000Z;BYMONTH=1", "1998 Jan 1-31 | 1999 Jan 1-31 | 2000 Jan 1-31")]
    [InlineData("Weekly for 10 occurrences", "19970902", "FREQ=WEEKLY;COUNT=10", "1997 Sep 2,9,16,23,30; Oct 7,14,21,28; Nov 4")]
    [InlineData("Weekly until December 24, 1997", "19970902", "FREQ=WEEKLY;UNTIL=19971224T000000Z", "1997 Sep 2,9,16,23,30; Oct 7,14,21,28; Nov 4,11,18,25; Dec 2,9,16,23")]
    [InlineData("Weekly on Tuesday and Thursday for five weeks, until", "19970902", "FREQ=WEEKLY;UNTIL=19971007T000000Z;WKST=SU;BYDAY=TU,TH", "1997 Sep 2,4,9,11,16,18,23,25,30; Oct 2")]
    [InlineData("Weekly on Tuesday and Thursday for five weeks, count", "19970902", "FREQ=WEEKLY;COUNT=10;WKST=SU;BYDAY=TU,TH", "1997 Sep 2,4,9,11,16,18,23,25,30; Oct 2")]
    [InlineData("Every other week on Monday, Wednesday and Friday until December 24, 1997", "19970901", "FREQ=WEEKLY;INTERVAL=2;UNTIL=19971224T000000Z;WKST=SU;BYDAY=MO,WE,FR",
        "1997 Sep 1,3,5,15,17,19,29; Oct 1,3,13,15,17,27,29,31; Nov 10,12,14,24,26,28; Dec 8,10,12,22")]
    [InlineData("Every other week on Tuesday and Thursday, for 8 occurrences", "19970902", "FREQ=WEEKLY;INTERVAL=2;COUNT=8;WKST=SU;BYDAY=TU,TH", "1997 Sep 2,4,16,18,30; Oct 2,14,16")]
    [InlineData("Monthly on the first Friday for 10 occurrences", "19970905", "FREQ=MONTHLY;COUNT=10;BYDAY=1FR", "1997 Sep 5; Oct 3; Nov 7; Dec 5 | 1998 Jan 2; Feb 6; Mar 6; Apr 3; May 1; Jun 5")]
    [InlineData("Monthly on the first Friday until December 24, 1997", "19970905", "FREQ=MONTHLY;UNTIL=19971224T000000Z;BYDAY=1FR", "1997 Sep 5; Oct 3; Nov 7; Dec 5")]
    [InlineData("Every other month on the first and last Sunday for 10 occurrences", "19970907", "FREQ=MONTHLY;INTERVAL=2;COUNT=10;BYDAY=1SU,-1SU", "1997 Sep 7,28; Nov 2,30 | 1998 Jan 4,25; Mar 1,29; May 3,31")]
    [InlineData("Monthly on the second-to-last Monday for 6 months", "19970922", "FREQ=MONTHLY;COUNT=6;BYDAY=-2MO", "1997 Sep 22; Oct 20; Nov 17; Dec 22 | 1998 Jan 19; Feb 16")]
    [InlineData("Monthly on the 2nd and 15th for 10 occurrences", "19970902", "FREQ=MONTHLY;COUNT=10;BYMONTHDAY=2,15", "1997 Sep 2,15; Oct 2,15; Nov 2,15; Dec 2,15 | 1998 Jan 2,15")]
    [InlineData("Monthly on the first and last day for 10 occurrences", "19970930", "FREQ=MONTHLY;COUNT=10;BYMONTHDAY=1,-1", "1997 Sep 30; Oct 1,31; Nov 1,30; Dec 1,31 | 1998 Jan 1,31; Feb 1")]
    [InlineData("Every 18 months on the 10th thru 15th for 10 occurrences", "19970910", "FREQ=MONTHLY;INTERVAL=18;COUNT=10;BYMONTHDAY=10,11,12,13,14,15", "1997 Sep 10-15 | 1999 Mar 10-13")]
    [InlineData("Yearly in June and July for 10 occurrences", "19970610", "FREQ=YEARLY;COUNT=10;BYMONTH=6,7", "1997 Jun 10; Jul 10 | 1998 Jun 10; Jul 10 | 1999 Jun 10; Jul 10 | 2000 Jun 10; Jul 10 | 2001 Jun 10; Jul 10")]
    [InlineData("Every other year on January, February and March for 10 occurrences", "19970310", "FREQ=YEARLY;INTERVAL=2;COUNT=10;BYMONTH=1,2,3",
        "1997 Mar 10 | 1999 Jan 10; Feb 10; Mar 10 | 2001 Jan 10; Feb 10; Mar 10 | 2003 Jan 10; Feb 10; Mar 10")]
    [InlineData("Every third year on the 1st, 100th and 200th day for 10 occurrences", "19970101", "FREQ=YEARLY;INTERVAL=3;COUNT=10;BYYEARDAY=1,100,200",
        "1997 Jan 1; Apr 10; Jul 19 | 2000 Jan 1; Apr 9; Jul 18 | 2003 Jan 1; Apr 10; Jul 19 | 2006 Jan 1")]
    [InlineData("The third instance into the month of a Tuesday, Wednesday or Thursday, for the next 3 months", "19970904", "FREQ=MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3", "1997 Sep 4; Oct 7; Nov 6")]
    [InlineData("Every 15 minutes for 6 occurrences", "19970902", "FREQ=MINUTELY;INTERVAL=15;COUNT=6", "1997 Sep 2 @ 09:00,09:15,09:30,09:45,10:00,10:15")]
    [InlineData("Every hour and a half for 4 occurrences", "19970902", "FREQ=MINUTELY;INTERVAL=90;COUNT=4", "1997 Sep 2 @ 09:00,10:30,12:00,13:30")]
    [InlineData("The days selected would be different because of WKST: Monday", "19970805", "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO", "1997 Aug 5,10,19,24")]
    [InlineData("The days selected would be different because of WKST: Sunday", "19970805", "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU", "1997 Aug 5,17,19,31")]
    [InlineData("An example where an invalid date is ignored", "20070115", "FREQ=MONTHLY;BYMONTHDAY=15,30;COUNT=5", "2007 Jan 15,30; Feb 15; Mar 15,30")]
    public void A_rule_that_ends_names_exactly_these(string example, string start, string rule, string expected) =>
        AssertNames(example, start, rule, expected, hasEnd: true);

    [Theory]
    [InlineData("Every other day, forever", "19970902", "FREQ=DAILY;INTERVAL=2",
        "1997 Sep 2,4,6,8,10,12,14,16,18,20,22,24,26,28,30; Oct 2,4,6,8,10,12,14,16,18,20,22,24,26,28,30; Nov 1,3,5,7,9,11,13,15,17,19,21,23,25,27,29; Dec 1,3")]
    [InlineData("Every other week, forever", "19970902", "FREQ=WEEKLY;INTERVAL=2;WKST=SU", "1997 Sep 2,16,30; Oct 14,28; Nov 11,25; Dec 9,23 | 1998 Jan 6,20; Feb 3,17")]
    [InlineData("Monthly on the third-to-the-last day, forever", "19970928", "FREQ=MONTHLY;BYMONTHDAY=-3", "1997 Sep 28; Oct 29; Nov 28; Dec 29 | 1998 Jan 29; Feb 26")]
    [InlineData("Every Tuesday, every other month", "19970902", "FREQ=MONTHLY;INTERVAL=2;BYDAY=TU", "1997 Sep 2,9,16,23,30; Nov 4,11,18,25 | 1998 Jan 6,13,20,27; Mar 3,10,17,24,31")]
    [InlineData("Every 20th Monday of the year, forever", "19970519", "FREQ=YEARLY;BYDAY=20MO", "1997 May 19 | 1998 May 18 | 1999 May 17")]
    [InlineData("Monday of week number 20, forever", "19970512", "FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO", "1997 May 12 | 1998 May 11 | 1999 May 17")]
    [InlineData("Every Thursday in March, forever", "19970313", "FREQ=YEARLY;BYMONTH=3;BYDAY=TH", "1997 Mar 13,20,27 | 1998 Mar 5,12,19,26 | 1999 Mar 4,11,18,25")]
    [InlineData("Every Thursday, but only during June, July and August, forever", "19970605", "FREQ=YEARLY;BYDAY=TH;BYMONTH=6,7,8",
        "1997 Jun 5,12,19,26; Jul 3,10,17,24,31; Aug 7,14,21,28 | 1998 Jun 4,11,18,25; Jul 2,9,16,23,30; Aug 6,13,20,27 | 1999 Jun 3,10,17,24; Jul 1,8,15,22,29; Aug 5,12,19,26")]
    [InlineData("Every Friday the 13th, forever", "19970902", "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13\r\nEXDATE;TZID=America/New_York:19970902T090000", "1998 Feb 13; Mar 13; Nov 13 | 1999 Aug 13 | 2000 Oct 13")]
    [InlineData("The first Saturday that follows the first Sunday of the month, forever", "19970913", "FREQ=MONTHLY;BYDAY=SA;BYMONTHDAY=7,8,9,10,11,12,13",
        "1997 Sep 13; Oct 11; Nov 8; Dec 13 | 1998 Jan 10; Feb 7; Mar 7; Apr 11; May 9; Jun 13")]
    [InlineData("Every 4 years, the first Tuesday after a Monday in November, forever", "19961105", "FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8", "1996 Nov 5 | 2000 Nov 7 | 2004 Nov 2")]
    [InlineData("The second-to-last weekday of the month", "19970929", "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2", "1997 Sep 29; Oct 30; Nov 27; Dec 30 | 1998 Jan 29; Feb 26; Mar 30")]
    [InlineData("Every 20 minutes from 9:00 AM to 4:40 PM every day, daily", "19970902", "FREQ=DAILY;BYHOUR=9,10,11,12,13,14,15,16;BYMINUTE=0,20,40", EveryTwentyMinutes)]
    [InlineData("Every 20 minutes from 9:00 AM to 4:40 PM every day, minutely", "19970902", "FREQ=MINUTELY;INTERVAL=20;BYHOUR=9,10,11,12,13,14,15,16", EveryTwentyMinutes)]
    public void A_rule_without_end_begins_with_these(string example, string start, string rule, string expected) =>
        AssertNames(example, start, rule, expected, hasEnd: false);

    // The RFC prints UNTIL=19970902T170000Z and a list up to 15:00 EDT, which is 19:00 UTC. Its erratum 3883 corrects UNTIL to 21:00 UTC.
    [Theory]
    [InlineData("FREQ=HOURLY;INTERVAL=3;UNTIL=19970902T210000Z", "1997 Sep 2 @ 09:00,12:00,15:00")]
    [InlineData("FREQ=HOURLY;INTERVAL=3;UNTIL=19970902T170000Z", "1997 Sep 2 @ 09:00,12:00")]
    public void Every_3_hours_from_9_AM_to_5_PM_on_a_specific_day(string rule, string expected) =>
        AssertNames("Every 3 hours", "19970902", rule, expected, hasEnd: true);

    [Fact]
    public void Instances_keep_their_wall_clock_time_when_daylight_saving_ends()
    {
        var occurrences = Expand("19970902", "FREQ=WEEKLY;COUNT=10").ToList();

        Assert.All(occurrences.Take(8), occurrence => Assert.Equal(13, occurrence.StartInstant.InUtc().Hour));   // EDT
        Assert.All(occurrences.Skip(8), occurrence => Assert.Equal(14, occurrence.StartInstant.InUtc().Hour));   // EST, from October 26 on
    }

    private const string EveryTwentyMinutes =
        "1997 Sep 2,3 @ 09:00,09:20,09:40,10:00,10:20,10:40,11:00,11:20,11:40,12:00,12:20,12:40,13:00,13:20,13:40,14:00,14:20,14:40,15:00,15:20,15:40,16:00,16:20,16:40";

    private static void AssertNames(string example, string start, string rule, string expected, bool hasEnd)
    {
        var dates = CompactDates.Read(expected, "09:00").ToList();

        var actual = Expand(start, rule).Take(dates.Count + (hasEnd ? 1 : 0)).Select(occurrence => occurrence.Start.ToString().Split(' ')[0]);

        Assert.True(dates.SequenceEqual(actual, StringComparer.Ordinal), $"{example}: {rule}\nexpected {string.Join(' ', dates)}\nactual   {string.Join(' ', actual)}");
    }

    private static IEnumerable<Occurrence> Expand(string start, string rule)
    {
        var text = $"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:rfc\r\nDTSTART;TZID=America/New_York:{start}T090000\r\nRRULE:{rule}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
        var calendar = CalendarReader.Read(Encoding.UTF8.GetBytes(text)).Calendars[0];
        return new EventSeries("rfc", calendar.Events).Occurrences(ZoneResolver.For(calendar));
    }
}
