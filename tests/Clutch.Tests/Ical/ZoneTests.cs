using System.Text;
using Clutch.Ical.Components;
using Clutch.Ical.Occurrences;
using Clutch.Ical.Reading;
using Clutch.Ical.Recurrence;
using Clutch.Ical.Values;
using Clutch.Ical.Writing;
using Clutch.Ical.Zones;
using NodaTime;

namespace Clutch.Tests.Ical;

public class ZoneTests
{
    [Theory]
    [InlineData("Europe/Berlin", "Europe/Berlin")]
    [InlineData("europe/berlin", "Europe/Berlin")]
    [InlineData("/freeassociation.sourceforge.net/Europe/Berlin", "Europe/Berlin")]
    [InlineData("/citadel.org/20210210_1/Europe/Berlin", "Europe/Berlin")]
    [InlineData("/mozilla.org/20050126_1/America/Argentina/Buenos_Aires", "America/Argentina/Buenos_Aires")]
    [InlineData("W. Europe Standard Time", "Europe/Berlin")]
    [InlineData("Korea Standard Time", "Asia/Seoul")]
    [InlineData("tzone://Microsoft/Utc", "Etc/UTC")]
    [InlineData("(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna", "Europe/Amsterdam")]
    [InlineData("(UTC-05:00) Eastern Time (US & Canada)", "America/New_York")]
    [InlineData("GMT+0900", "UTC+09")]
    [InlineData("UTC-3:30", "UTC-03:30")]
    [InlineData("(GMT+09:00) Nowhere Known", "UTC+09")]
    [InlineData("(UTC) Coordinated Universal Time", "UTC")]
    // A city counts where its clock ever shows what stands beside it: there is a La Paz in Bolivia, and the Samoa of the database is another country.
    [InlineData("(UTC-07:00) La Paz, Mazatlan", "America/Mazatlan")]
    [InlineData("(UTC-04:00) Georgetown, La Paz, Manaus, San Juan", "America/La_Paz")]
    [InlineData("(UTC+13:00) Samoa", "UTC+13")]
    [InlineData("(UTC+00:00) Dublin, Edinburgh, Lisbon, London", "Europe/Dublin")]
    [InlineData("(UTC+02:00) Istanbul", "Asia/Istanbul")]
    [InlineData("(UTC+08:00) Eastern Time (US & Canada)", "UTC+08")]
    public void A_zone_is_found_by_the_names_programs_give_it(string timeZoneId, string expected) =>
        Assert.Equal(expected, new ZoneResolver(DateTimeZone.Utc).FindZone(timeZoneId)?.Id);

    [Theory]
    [InlineData("Mars/Olympus")]
    [InlineData("Mars/UTC")]
    [InlineData("Customized Time Zone")]
    [InlineData("")]
    [InlineData("GMT+٠٩٠٠")]
    [InlineData("(UTC+٠٩:٠٠) Nowhere")]
    public void A_zone_nobody_knows_is_none(string timeZoneId) => Assert.Null(new ZoneResolver(DateTimeZone.Utc).FindZone(timeZoneId));

    [Fact]
    public void A_definition_of_the_file_is_better_than_a_city_with_another_clock()
    {
        var zones = ZoneResolver.For(IcalText.Read(Zone("(UTC+13:00) Samoa", "+1300")).Calendars[0]);

        Assert.Equal("2026-03-01T20:00:00Z", zones.ToInstant(CalendarTime.OfZoned(new(2026, 3, 2, 9, 0), "(UTC+13:00) Samoa")).ToString());
    }

    [Fact]
    public void A_name_of_nothing_but_slashes_is_looked_at_once()
    {
        var zones = new ZoneResolver(DateTimeZone.Utc);
        var name = new string('/', 20_000);

        Assert.Null(zones.FindZone("/Nowhere"));
        Assert.InRange(Allocated(() => zones.FindZone(name)), 0, 200_000);
    }

    [Theory]
    // New York, 8 March 2026: 02:00 to 03:00 does not exist. 1 November: 01:00 to 02:00 comes twice.
    [InlineData("2026-03-08T01:59:59", "2026-03-08T06:59:59Z")]
    [InlineData("2026-03-08T02:30:00", "2026-03-08T07:30:00Z")]
    [InlineData("2026-03-08T03:00:00", "2026-03-08T07:00:00Z")]
    [InlineData("2026-11-01T01:30:00", "2026-11-01T05:30:00Z")]
    [InlineData("2026-11-01T02:00:00", "2026-11-01T07:00:00Z")]
    public void A_gap_moves_forward_and_an_overlap_is_its_first(string local, string expected)
    {
        var zones = new ZoneResolver(DateTimeZone.Utc);
        var time = CalendarTime.OfZoned(NodaTime.Text.LocalDateTimePattern.ExtendedIso.Parse(local).Value, "America/New_York");

        Assert.Equal(expected, zones.ToInstant(time).ToString());
    }

    [Fact]
    public void Every_wall_clock_time_maps_as_the_lenient_resolver_of_NodaTime_does()
    {
        var random = new Random(TestSeed.Value);
        foreach (var id in new[] { "America/New_York", "Asia/Seoul", "Africa/Casablanca", "Pacific/Apia", "Australia/Lord_Howe", "Asia/Beirut" })
        {
            var (zone, zones) = (DateTimeZoneProviders.Tzdb[id], new ZoneResolver(DateTimeZone.Utc));
            var local = new LocalDateTime(1960, 1, 1, 0, 0);
            for (; local.Year < 2045; local = local.PlusMinutes(random.Next(1, 3_000)))
                Assert.Equal(local.InZone(zone, NodaTime.TimeZones.Resolvers.LenientResolver).ToInstant(), zones.ToInstant(CalendarTime.OfZoned(local, id)));
        }
    }

    [Fact]
    public void Instances_in_a_gap_keep_the_order_and_each_instant_comes_once() =>
        Assert.Equal(["2026-03-08T06:30:00Z", "2026-03-08T07:00:00Z", "2026-03-08T07:30:00Z", "2026-03-08T08:00:00Z"],
            IcalText.Occurrences(IcalText.Event("a", "DTSTART;TZID=America/New_York:20260308T013000", "RRULE:FREQ=MINUTELY;INTERVAL=30;COUNT=6"))
                .Select(occurrence => occurrence.StartInstant.ToString()));

    [Fact]
    public void A_zone_defined_in_the_file_is_used_where_nobody_knows_its_name()
    {
        var calendar = Clutch.Ical.Reading.CalendarReader.Read(SampleFiles.Read("05-office365-published.ics")).Calendars[0];
        var zones = ZoneResolver.For(calendar);
        var berlin = DateTimeZoneProviders.Tzdb["Europe/Berlin"];

        // The rules of the file are those of Berlin since 1996.
        for (var local = new LocalDateTime(1997, 1, 1, 0, 30); local.Year < 2090; local = local.PlusHours(37))
            Assert.Equal(local.InZoneLeniently(berlin).ToInstant(), zones.ToInstant(CalendarTime.OfZoned(local, "Customized Time Zone")));
    }

    [Fact]
    public void A_definition_says_the_same_as_the_zone_it_was_made_of()
    {
        foreach (var id in new[] { "Europe/Berlin", "America/New_York", "Asia/Seoul", "Australia/Sydney", "America/Santiago", "Africa/Casablanca", "Asia/Kolkata" })
        {
            var zone = DateTimeZoneProviders.Tzdb[id];
            var calendar = new Calendar("-//test//EN");
            calendar.Add(ZoneDefinitions.Define("Mine", zone, new LocalDate(2024, 1, 1), new LocalDate(2032, 12, 31)));
            var zones = ZoneResolver.For(calendar);

            for (var local = new LocalDateTime(2024, 1, 1, 0, 15); local.Year < 2033; local = local.PlusMinutes(97))
                Assert.Equal(local.InZoneLeniently(zone).ToInstant(), zones.ToInstant(CalendarTime.OfZoned(local, "Mine")));
        }
    }

    [Fact]
    public void The_definition_written_for_an_old_series_without_an_end_holds_today()
    {
        var calendar = new Calendar("-//test//EN");
        calendar.Add(new CalendarEvent { Uid = "a", Start = CalendarTime.OfZoned(new(1986, 4, 1, 9, 0), "America/New_York"), RecurrenceRule = RecurrenceRule.Parse("FREQ=WEEKLY") });
        ZoneDefinitions.AddMissing(calendar, new ZoneResolver(DateTimeZone.Utc));

        // Under a name that nobody knows, only what was written can tell.
        var written = Encoding.UTF8.GetString(CalendarWriter.ToBytes(calendar)).Replace("America/New_York", "Mine", StringComparison.Ordinal);
        var zones = ZoneResolver.For(CalendarReader.Read(Encoding.UTF8.GetBytes(written)).Calendars[0]);

        Assert.Equal("2026-03-17T13:00:00Z", zones.ToInstant(CalendarTime.OfZoned(new(2026, 3, 17, 9, 0), "Mine")).ToString());
    }

    [Theory]
    [InlineData("DTSTART;TZID=Europe/Berlin:20260601T090000", "RDATE;TZID=Europe/Berlin:20260701T090000,20351202T090000")]
    [InlineData("DTSTART;TZID=Europe/Berlin:20260601T090000", "RDATE;TZID=Europe/Berlin;VALUE=PERIOD:20260701T090000/20351202T090000")]
    [InlineData("DTSTART;TZID=Europe/Berlin:20260601T090000", "RDATE;TZID=Europe/Berlin;VALUE=PERIOD:20260701T090000/P3500D")]
    [InlineData("DTSTART;TZID=Europe/Berlin:20260601T090000", "DURATION:P3500D")]
    [InlineData("DTSTART;TZID=Europe/Berlin:20260601T090000", "DURATION:P500W", "RRULE:FREQ=YEARLY;UNTIL=20270101T000000Z")]
    [InlineData("DTSTART:20260601T090000Z", "RDATE;TZID=Europe/Berlin:20260701T090000,20351202T090000")]
    [InlineData("DTSTART:20260601T090000Z", "EXDATE;TZID=Europe/Berlin:20260701T090000,20351202T090000")]
    public void A_definition_holds_for_every_value_to_its_end(params string[] lines)
    {
        var calendar = IcalText.Read(IcalText.Event("a", lines)).Calendars[0];
        ZoneDefinitions.AddMissing(calendar, new ZoneResolver(DateTimeZone.Utc));
        var written = Encoding.UTF8.GetString(CalendarWriter.ToBytes(calendar)).Replace("Europe/Berlin", "Mine", StringComparison.Ordinal);

        var zones = ZoneResolver.For(CalendarReader.Read(Encoding.UTF8.GetBytes(written)).Calendars[0]);

        Assert.Equal("2026-07-01T07:00:00Z", zones.ToInstant(CalendarTime.OfZoned(new(2026, 7, 1, 9, 0), "Mine")).ToString());
        Assert.Equal("2035-12-02T08:00:00Z", zones.ToInstant(CalendarTime.OfZoned(new(2035, 12, 2, 9, 0), "Mine")).ToString());
    }

    [Fact]
    public void A_definition_to_the_end_of_the_calendar_costs_one_look_at_each_change()
    {
        var zone = DateTimeZoneProviders.Tzdb["Europe/Berlin"];
        ZoneDefinitions.Define("Mine", zone, new(2026, 1, 1), new(2040, 1, 1));

        var bytes = Allocated(() => Assert.InRange(ZoneDefinitions.Define("Mine", zone, new(2026, 1, 1), new(9999, 12, 31)).Components.Count, 2, 4));

        Assert.InRange(bytes, 0, 30_000_000);
    }

    [Fact]
    public void A_series_of_the_last_year_gets_a_definition()
    {
        var calendar = IcalText.Read(IcalText.Event("a", "DTSTART;TZID=Europe/Berlin:99991231T090000", "DURATION:P500W", "RRULE:FREQ=YEARLY;UNTIL=99991231T235959Z")).Calendars[0];

        Assert.Empty(ZoneDefinitions.AddMissing(calendar, new ZoneResolver(DateTimeZone.Utc)));
        Assert.Single(calendar.TimeZones);
    }

    [Fact]
    public void A_zone_that_changes_every_day_thousands_of_times_over_is_worked_out_in_little_memory()
    {
        var observances = Enumerable.Range(0, 2_000).Select(number =>
            $"BEGIN:STANDARD\r\nDTSTART:19700101T{number % 24:00}{number / 24 % 60:00}00\r\nRRULE:FREQ=DAILY\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\nEND:STANDARD\r\n");
        var zones = ZoneResolver.For(IcalText.Read($"BEGIN:VTIMEZONE\r\nTZID:Mine\r\n{string.Concat(observances)}END:VTIMEZONE\r\n").Calendars[0]);

        var bytes = Allocated(() =>
        {
            for (var year = 1; year < 9_999; year += 97) zones.ToInstant(CalendarTime.OfZoned(new(year, 1, 1, 0, 0), "Mine"));
        });

        Assert.InRange(bytes, 0, 100_000_000);
    }

    [Fact]
    public void A_zone_that_lists_a_million_changes_is_cut()
    {
        var dates = string.Join(',', Enumerable.Range(0, 4_000).Select(day => $"{new LocalDate(1970, 1, 1).PlusDays(day * 3):uuuuMMdd}T000000"));
        var lines = string.Concat(Enumerable.Repeat($"RDATE:{dates}\r\n", 50));
        var zones = ZoneResolver.For(IcalText.Read($"BEGIN:VTIMEZONE\r\nTZID:Mine\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\n{lines}TZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n").Calendars[0]);

        Assert.InRange(Allocated(() => zones.ToInstant(CalendarTime.OfZoned(new(2026, 1, 1, 0, 0), "Mine"))), 0, 10_000_000);
    }

    [Fact]
    public void Only_the_first_hundred_zones_that_nobody_else_knows_are_taken_from_a_file()
    {
        var known = Enumerable.Range(0, 150).Select(number => Zone($"(UTC+01:00) Known{number}, Berlin"));
        var own = Enumerable.Range(0, 101).Select(number => Zone($"Own{number}"));

        var zones = ZoneResolver.For(IcalText.Read([.. known, .. own]).Calendars[0]);

        Assert.NotNull(zones.FindZone("Own99"));
        Assert.Null(zones.FindZone("Own100"));
    }

    [Fact]
    public void Every_zone_that_is_used_gets_a_definition_once()
    {
        var calendar = new Calendar("-//test//EN");
        calendar.Add(new CalendarEvent { Uid = "a", Start = CalendarTime.OfZoned(new(2026, 3, 2, 9, 0), "Asia/Seoul"), End = CalendarTime.OfZoned(new(2026, 3, 2, 9, 0), "Europe/Berlin") });
        calendar.Add(new CalendarEvent { Uid = "b", Start = CalendarTime.OfZoned(new(2026, 3, 2, 9, 0), "Nowhere") });

        Assert.Equal(["Nowhere"], ZoneDefinitions.AddMissing(calendar, new ZoneResolver(DateTimeZone.Utc)));
        ZoneDefinitions.AddMissing(calendar, new ZoneResolver(DateTimeZone.Utc));

        Assert.Equal(["Asia/Seoul", "Europe/Berlin"], calendar.TimeZones.Select(zone => zone.TimeZoneId));
    }

    [Fact]
    public void Floating_times_stay_floating_and_dates_stay_dates()
    {
        var occurrences = IcalText.Occurrences(IcalText.Event("a", "DTSTART;VALUE=DATE:20260328", "RRULE:FREQ=DAILY;COUNT=2")).ToList();

        Assert.All(occurrences, occurrence => Assert.Equal(CalendarTimeKind.Date, occurrence.Start.Kind));
        Assert.Equal("2026-03-30", occurrences[1].End.ToString());
        Assert.Equal("2026-03-02T09:00:00", IcalText.Starts(IcalText.Event("a", "DTSTART:20260302T090000")).Single());
    }

    [Fact]
    public void A_nominal_day_and_24_hours_differ_over_a_change_of_the_clock()
    {
        var zones = new ZoneResolver(DateTimeZone.Utc);
        var start = CalendarTime.OfZoned(new(2026, 3, 7, 12, 0), "America/New_York");

        Assert.Equal(Duration.FromHours(23), Length(new CalendarEvent { Start = start, Duration = CalendarDuration.OfDays(1) }, zones));
        Assert.Equal(Duration.FromHours(24), Length(new CalendarEvent { Start = start, Duration = CalendarDuration.OfExact(Duration.FromHours(24)) }, zones));
    }

    private static string Zone(string id, string offset = "+0100") =>
        $"BEGIN:VTIMEZONE\r\nTZID:{id}\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZOFFSETFROM:{offset}\r\nTZOFFSETTO:{offset}\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n";

    private static long Allocated(Action action)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        action();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    private static Duration Length(CalendarEvent single, ZoneResolver zones) =>
        EventSpan.Of(single, zones) is { } span ? span.EndInstant - span.StartInstant : Duration.Zero;
}
