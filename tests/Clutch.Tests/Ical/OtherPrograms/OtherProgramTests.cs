using System.Net;
using System.Text;
using Clutch.Ical.Components;
using Clutch.Ical.Reading;
using Clutch.Ical.Zones;
using Clutch.Testing;
using NodaTime;

namespace Clutch.Tests.Ical.OtherPrograms;

/// <summary>What we write is read by independent programs with the same occurrences and texts, and what they write by us.</summary>
public sealed class OtherProgramTests : IDisposable
{
    private const string Python = "/usr/bin/python3";

    private readonly string _folder = Directory.CreateTempSubdirectory("clutch-ical-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [FactNeeding("python3-icalendar", "python3-recurring-ical-events")]
    public async Task Python_expands_our_calendar_as_we_do()
    {
        var feed = SharedCalendar.Write(withOverride: true);
        await File.WriteAllBytesAsync(InFolder("ours.ics"), feed);

        var printed = await OtherProgram.RunAsync(Python, ["-c", """
            import sys, icalendar, recurring_ical_events
            from datetime import datetime, timezone
            calendar = icalendar.Calendar.from_ical(open(sys.argv[1], 'rb').read())
            for event in recurring_ical_events.of(calendar).between((2026, 3, 1), (2026, 5, 1)):
                start = event['DTSTART'].dt
                shown = start.astimezone(timezone.utc).strftime('%Y-%m-%dT%H:%M:%SZ') if isinstance(start, datetime) else start.isoformat()
                print(shown, str(event['SUMMARY']).replace('\n', ' '))
            """, InFolder("ours.ics")]);

        Assert.Equal(OurOccurrences(feed), Sorted(printed));
    }

    [FactNeeding("python3-icalendar")]
    public async Task Python_reads_our_texts_and_we_read_what_python_writes()
    {
        var feed = SharedCalendar.Write(withOverride: true);
        await File.WriteAllBytesAsync(InFolder("ours.ics"), feed);

        await OtherProgram.RunAsync(Python, ["-c", """
            import sys, icalendar
            calendar = icalendar.Calendar.from_ical(open(sys.argv[1], 'rb').read())
            night = [event for event in calendar.walk('VEVENT') if event['UID'].startswith('night')][0]
            assert str(night['DESCRIPTION']) == sys.argv[3], repr(str(night['DESCRIPTION']))
            open(sys.argv[2], 'wb').write(calendar.to_ical())
            """, InFolder("ours.ics"), InFolder("theirs.ics"), SharedCalendar.AwkwardText]);

        var theirs = await File.ReadAllBytesAsync(InFolder("theirs.ics"));
        Assert.Equal(ReadVerdict.Ok, CalendarReader.Read(theirs).Verdict);
        Assert.Equal(OurOccurrences(feed), OurOccurrences(theirs));
        Assert.Contains(CalendarReader.Read(theirs).Events, single => single.Description == SharedCalendar.AwkwardText);
    }

    [FactNeeding("vdirsyncer", "khal")]
    public async Task Vdirsyncer_fetches_our_calendar_khal_lists_it_as_we_do_and_we_read_both()
    {
        var feed = SharedCalendar.Write(withOverride: true);
        await using (var server = new OneFileServer(feed))
        {
            await File.WriteAllTextAsync(InFolder("vdirsyncer.conf"), VdirsyncerConfiguration(server.Address));
            await OtherProgram.RunAsync("/usr/bin/vdirsyncer", ["-c", InFolder("vdirsyncer.conf"), "discover"], _folder, input: "y\ny\ny\n");
            await OtherProgram.RunAsync("/usr/bin/vdirsyncer", ["-c", InFolder("vdirsyncer.conf"), "sync"], _folder);
        }

        var items = Directory.GetFiles(InFolder("shared"), "*.ics").Select(File.ReadAllBytes).Select(item => CalendarReader.Read(item)).ToList();
        Assert.Equal(OurOccurrences(feed), SharedCalendar.Occurrences(items.SelectMany(item => item.Events), new ZoneResolver(DateTimeZone.Utc)));

        await File.WriteAllTextAsync(InFolder("khal.conf"), KhalConfiguration());
        var printed = await OtherProgram.RunAsync("/usr/bin/khal",
            ["-c", InFolder("khal.conf"), "list", "--day-format", "", "--format", "{start-long-full}|{all-day}|{title}|end", "2026-03-01", "61d"], _folder);
        Assert.Equal(OurOccurrences(feed), printed.Split("|end\n", StringSplitOptions.RemoveEmptyEntries).Select(FromKhal).Order(StringComparer.Ordinal));

        await OtherProgram.RunAsync("/usr/bin/khal",
            ["-c", InFolder("khal.conf"), "new", "2026-04-20 09:30", "2026-04-20 11:00", "새 일정, with comma; and more", "::", "a description"], _folder);
        var added = Directory.GetFiles(InFolder("shared"), "*.ics").Select(File.ReadAllBytes).Select(item => CalendarReader.Read(item)).SelectMany(item => item.Events)
            .Single(single => single.Summary == "새 일정, with comma; and more");
        Assert.Equal("a description", added.Description);
        Assert.Equal("2026-04-20T09:30:00Z", new ZoneResolver(DateTimeZone.Utc).ToInstant(added.Start!.Value).ToString());
    }

    [FactNeeding("libical-dev", "gcc")]
    public async Task Libical_expands_our_calendar_as_we_do_and_we_read_what_it_writes()
    {
        // libical's iterator knows one component only: overrides are not its business.
        var feed = SharedCalendar.Write(withOverride: false);
        await File.WriteAllBytesAsync(InFolder("ours.ics"), feed);
        await File.WriteAllTextAsync(InFolder("expand.c"), LibicalSource.Text);
        await OtherProgram.RunAsync("/usr/bin/cc", ["-o", InFolder("expand"), InFolder("expand.c"), "-lical"]);

        var printed = await OtherProgram.RunAsync(InFolder("expand"), [InFolder("ours.ics"), InFolder("theirs.ics")]);

        Assert.Equal(OurOccurrences(feed), Sorted(printed));
        var theirs = await File.ReadAllBytesAsync(InFolder("theirs.ics"));
        Assert.Equal(OurOccurrences(feed), OurOccurrences(theirs));
        Assert.Contains(CalendarReader.Read(theirs).Events, single => single.Description == SharedCalendar.AwkwardText);
    }

    private static IReadOnlyList<string> OurOccurrences(byte[] feed)
    {
        Calendar calendar = Assert.Single(CalendarReader.Read(feed).Calendars);
        return SharedCalendar.Occurrences(calendar.Events, ZoneResolver.For(calendar));
    }

    private static IEnumerable<string> Sorted(string printed) => printed.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal);

    private static string FromKhal(string line)
    {
        var parts = line.Split('|');
        var title = parts[2].Replace('\n', ' ');
        return parts[1] == "True" ? $"{parts[0][..10]} {title}" : $"{parts[0].Replace(' ', 'T')}:00Z {title}";
    }

    private string InFolder(string name) => Path.Combine(_folder, name);

    private string VdirsyncerConfiguration(string address) => $"""
        [general]
        status_path = "{InFolder("status")}"
        [pair shared]
        a = "ours"
        b = "theirs"
        collections = null
        [storage ours]
        type = "http"
        url = "{address}"
        [storage theirs]
        type = "filesystem"
        path = "{InFolder("shared")}"
        fileext = ".ics"
        """;

    private string KhalConfiguration() => $"""
        [calendars]
        [[shared]]
        path = {InFolder("shared")}
        [sqlite]
        path = {InFolder("khal.db")}
        [locale]
        local_timezone = UTC
        default_timezone = UTC
        timeformat = %H:%M
        dateformat = %Y-%m-%d
        longdateformat = %Y-%m-%d
        datetimeformat = %Y-%m-%d %H:%M
        longdatetimeformat = %Y-%m-%d %H:%M
        [default]
        default_calendar = shared
        """;

    /// <summary>Gives the same bytes to whoever asks, on a port of its own.</summary>
    private sealed class OneFileServer : IAsyncDisposable
    {
        private readonly HttpListener _listener = new();
        private readonly Task _serving;

        public OneFileServer(byte[] body)
        {
            Address = $"http://127.0.0.1:{FreePort.Next()}/";
            _listener.Prefixes.Add(Address);
            _listener.Start();
            _serving = ServeAsync(body);
        }

        public string Address { get; }

        public async ValueTask DisposeAsync()
        {
            _listener.Stop();
            await _serving;
        }

        private async Task ServeAsync(byte[] body)
        {
            while (_listener.IsListening)
            {
                HttpListenerContext context;
                try { context = await _listener.GetContextAsync(); }
                catch (Exception stopped) when (stopped is HttpListenerException or ObjectDisposedException) { return; }

                context.Response.ContentType = "text/calendar; charset=" + Encoding.UTF8.WebName;
                await context.Response.OutputStream.WriteAsync(body);
                context.Response.Close();
            }
        }
    }
}
