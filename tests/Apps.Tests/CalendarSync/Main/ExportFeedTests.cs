using System.IO.Compression;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using CalendarSync.Exports;
using Clutch.Ical.Reading;
using Clutch.Relational;

namespace Apps.Tests.CalendarSync.Main;

/// <summary>Export feeds as their readers see them: specification F, X6 and X7.</summary>
public sealed class ExportFeedTests
{
    [SkippableTheory]
    [InlineData(CalendarStore.Sqlite)]
    [InlineData(CalendarStore.PostgreSql)]
    public async Task A_feed_answers_with_all_its_headers_and_again_with_304(CalendarStore store)
    {
        await using var main = await CalendarMain.StartAsync(store);
        using var alice = await main.AddUserAsync("alice");
        await alice.AddEventAsync(new { title = "Night", start = "2026-03-12T22:00", end = "2026-03-13T07:00" });
        var (_, url) = await alice.OpenExportAsync();
        using var http = new HttpClient(new SocketsHttpHandler { AutomaticDecompression = DecompressionMethods.None });

        using var answer = await http.GetAsync(url);
        var bytes = await answer.Content.ReadAsByteArrayAsync();

        Assert.Equal("text/calendar; charset=utf-8", answer.Content.Headers.ContentType!.ToString());
        Assert.Equal($"\"{Convert.ToHexStringLower(SHA256.HashData(bytes).AsSpan(0, 16))}\"", answer.Headers.ETag!.ToString());
        Assert.Equal("no-cache, private", answer.Headers.CacheControl!.ToString());
        Assert.Equal("no-referrer", answer.Headers.GetValues("Referrer-Policy").Single());
        Assert.Equal("noindex", answer.Headers.GetValues("X-Robots-Tag").Single());
        Assert.Equal("inline; filename=\"calendar.ics\"", answer.Content.Headers.GetValues("Content-Disposition").Single());
        Assert.Equal("Accept-Encoding", answer.Headers.Vary.Single());
        Assert.NotNull(answer.Content.Headers.LastModified);
        Assert.Contains("DTSTART;TZID=Europe/Berlin:20260312T220000", Encoding.UTF8.GetString(bytes), StringComparison.Ordinal);
        Assert.Contains("BEGIN:VTIMEZONE", Encoding.UTF8.GetString(bytes), StringComparison.Ordinal);

        var tag = answer.Headers.ETag!.ToString();
        var modified = answer.Content.Headers.LastModified!.Value;
        Assert.Equal(HttpStatusCode.NotModified, await StatusAsync(http, url, ("If-None-Match", tag)));
        Assert.Equal(HttpStatusCode.NotModified, await StatusAsync(http, url, ("If-None-Match", $"\"other\", W/{tag}")));
        Assert.Equal(HttpStatusCode.NotModified, await StatusAsync(http, url, ("If-None-Match", "*")));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(http, url, ("If-None-Match", "\"other\"")));
        Assert.Equal(HttpStatusCode.NotModified, await StatusAsync(http, url, ("If-Modified-Since", modified.ToString("R"))));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(http, url, ("If-Modified-Since", modified.AddSeconds(-1).ToString("R"))));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(http, url, ("If-None-Match", "\"other\""), ("If-Modified-Since", modified.ToString("R"))));
        Assert.Equal(HttpStatusCode.NotModified, await StatusAsync(http, url, ("If-None-Match", tag), ("If-Modified-Since", modified.AddDays(-1).ToString("R"))));
    }

    [Fact]
    public async Task Gzip_is_other_bytes_under_another_tag_and_HEAD_has_the_headers_alone()
    {
        await using var main = await CalendarMain.StartAsync();
        using var alice = await main.AddUserAsync("alice");
        await alice.AddEventAsync(new { title = "Night", start = "2026-03-12T22:00" });
        var (_, url) = await alice.OpenExportAsync();
        using var http = new HttpClient(new SocketsHttpHandler { AutomaticDecompression = DecompressionMethods.None });

        using var plain = await http.GetAsync(url);
        using var request = new HttpRequestMessage(HttpMethod.Get, url) { Headers = { AcceptEncoding = { new("br"), new("gzip") } } };
        using var gzip = await http.SendAsync(request);
        using var head = await http.SendAsync(new HttpRequestMessage(HttpMethod.Head, url));

        Assert.Equal("gzip", gzip.Content.Headers.ContentEncoding.Single());
        Assert.NotEqual(plain.Headers.ETag, gzip.Headers.ETag);
        await using var unpacked = new GZipStream(await gzip.Content.ReadAsStreamAsync(), CompressionMode.Decompress);
        using var reader = new StreamReader(unpacked);
        Assert.Equal(await plain.Content.ReadAsStringAsync(), await reader.ReadToEndAsync());
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(http, url, ("If-None-Match", gzip.Headers.ETag!.ToString())));
        Assert.Equal(HttpStatusCode.NotModified, await StatusAsync(http, url, ("If-None-Match", gzip.Headers.ETag!.ToString()), ("Accept-Encoding", "gzip")));
        Assert.Equal(HttpStatusCode.OK, head.StatusCode);
        Assert.Equal(plain.Content.Headers.ContentLength, head.Content.Headers.ContentLength);
        Assert.Equal(plain.Headers.ETag, head.Headers.ETag);
        Assert.Empty(await head.Content.ReadAsByteArrayAsync());
        using var refused = new HttpRequestMessage(HttpMethod.Get, url);
        refused.Headers.TryAddWithoutValidation("Accept-Encoding", "gzip;q=0, *;q=0");
        using var identity = await http.SendAsync(refused);
        Assert.Empty(identity.Content.Headers.ContentEncoding);
    }

    [SkippableTheory]
    [InlineData(CalendarStore.Sqlite)]
    [InlineData(CalendarStore.PostgreSql)]
    public async Task Last_Modified_moves_when_an_event_is_deleted_even_within_a_second(CalendarStore store)
    {
        await using var main = await CalendarMain.StartAsync(store);
        using var alice = await main.AddUserAsync("alice");
        var id = await alice.AddEventAsync(new { title = "Night", start = "2026-03-12T22:00" });
        var (_, url) = await alice.OpenExportAsync();
        using var http = new HttpClient();
        using var before = await http.GetAsync(url);

        await alice.SendAsync(HttpMethod.Delete, $"events/{id}");
        await RenderDirtyAsync(main);
        using var after = await http.GetAsync(url);

        Assert.NotEqual(before.Headers.ETag, after.Headers.ETag);
        Assert.True(after.Content.Headers.LastModified > before.Content.Headers.LastModified);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(http, url, ("If-Modified-Since", before.Content.Headers.LastModified!.Value.ToString("R"))));
    }

    [SkippableTheory]
    [InlineData(CalendarStore.Sqlite)]
    [InlineData(CalendarStore.PostgreSql)]
    public async Task Every_change_of_an_event_marks_the_feeds_of_its_user_and_no_others(CalendarStore store)
    {
        await using var main = await CalendarMain.StartAsync(store);
        using var alice = await main.AddUserAsync("alice");
        using var bob = await main.AddUserAsync("bob");
        await bob.OpenExportAsync();
        await alice.OpenExportAsync();
        await alice.OpenExportAsync("second");
        const string Dirty = "calendar_export_feed WHERE rendered_version < wanted_version";

        Assert.Equal(0, await main.CountAsync(Dirty));
        var id = await alice.AddEventAsync(new { title = "One", start = "2026-03-12T22:00" });
        Assert.Equal(2, await main.CountAsync(Dirty));
        await RenderDirtyAsync(main);
        await alice.SendAsync(HttpMethod.Put, $"events/{id}", new { title = "Two", start = "2026-03-12T22:00" });
        Assert.Equal(2, await main.CountAsync(Dirty));
        await RenderDirtyAsync(main);
        await alice.SendAsync(HttpMethod.Delete, $"events/{id}");
        Assert.Equal(2, await main.CountAsync(Dirty));
    }

    [SkippableTheory]
    [InlineData(CalendarStore.Sqlite)]
    [InlineData(CalendarStore.PostgreSql)]
    public async Task The_address_is_shown_once_stored_as_a_hash_and_dead_when_rotated_or_revoked(CalendarStore store)
    {
        await using var main = await CalendarMain.StartAsync(store);
        using var alice = await main.AddUserAsync("alice");
        var (id, url) = await alice.OpenExportAsync();
        var token = url[(url.LastIndexOf('/') + 1)..^4];
        using var http = new HttpClient();

        Assert.Equal(43, token.Length);
        Assert.DoesNotContain(token, (await alice.GetAsync("exports")).ToJsonString(), StringComparison.Ordinal);
        var stored = await main.Database.QueryAsync(new Statement("SELECT token_hash FROM calendar_export_feed"), Rows.All(row => row.GetFieldValue<byte[]>(0)), CancellationToken.None);
        Assert.Equal(SHA256.HashData(Encoding.ASCII.GetBytes(token)), stored.Single());
        var rotated = (string)(await alice.PostAsync($"exports/{id}/rotate", new { }))["url"]!;
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(http, url));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(http, rotated));
        Assert.Equal(HttpStatusCode.NoContent, await alice.SendAsync(HttpMethod.Delete, $"exports/{id}"));
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(http, rotated));
        foreach (var guess in new[] { "x", "..", "%2e%2e%2f", new string('A', 43), new string('A', 3000) })
            Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(http, $"{main.Address}feeds/{guess}.ics"));
    }

    [Theory]
    [InlineData("LogLevel")]
    [InlineData("Lines:LogLevel")]
    public async Task The_log_tells_no_address_even_when_it_tells_all_else(string levels)
    {
        await using var main = await CalendarMain.StartAsync(CalendarStore.Sqlite, $"--Logging:{levels}:Default", "Trace", $"--Logging:{levels}:Microsoft.AspNetCore", "Trace");
        using var alice = await main.AddUserAsync("alice");
        var (_, url) = await alice.OpenExportAsync();
        var token = url[(url.LastIndexOf('/') + 1)..^4];
        using var http = new HttpClient();

        Assert.Equal(HttpStatusCode.OK, await StatusAsync(http, url));
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(http, url + "x"));

        Assert.Contains(TalkingRequests.Line, main.Log.All, StringComparison.Ordinal);
        Assert.DoesNotContain(token, main.Log.All, StringComparison.Ordinal);
        Assert.DoesNotContain(alice.Token, main.Log.All, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData(CalendarStore.Sqlite)]
    [InlineData(CalendarStore.PostgreSql)]
    public async Task A_large_calendar_is_left_to_the_export_job_and_its_readers_are_told_to_come_again(CalendarStore store)
    {
        await using var main = await CalendarMain.StartAsync(store);
        using var alice = await main.AddUserAsync("alice");
        await alice.AddEventAsync(new { title = "One", start = "2026-03-12T09:00" });
        await main.ExecuteAsync("""
            INSERT INTO calendar_event (user_id, uid, title, is_all_day, start_local, end_local, time_zone, window_from, window_to, zone_data, created_at, updated_at)
            WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 500)
            SELECT user_id, n || '@test', title, is_all_day, start_local, end_local, time_zone, window_from, window_to, zone_data, created_at, updated_at FROM calendar_event, numbers
            """);

        var (_, url) = await alice.OpenExportAsync();
        using var http = new HttpClient();
        using var early = await http.GetAsync(url);
        await RenderDirtyAsync(main);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, early.StatusCode);
        Assert.NotNull(early.Headers.RetryAfter);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(http, url));
    }

    [Fact]
    public async Task Who_reads_too_often_waits()
    {
        await using var main = await CalendarMain.StartAsync(CalendarStore.Sqlite, "--Calendar:Main:FeedReadsPerToken", "2", "--Calendar:Main:FeedReadsPerAddress", "5");
        using var alice = await main.AddUserAsync("alice");
        var (_, first) = await alice.OpenExportAsync();
        var (_, second) = await alice.OpenExportAsync("second");
        using var http = new HttpClient();

        Assert.Equal(HttpStatusCode.OK, await StatusAsync(http, first));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(http, first));
        using var third = await http.GetAsync(first);
        Assert.Equal(HttpStatusCode.TooManyRequests, third.StatusCode);
        Assert.Equal(TimeSpan.FromMinutes(1), third.Headers.RetryAfter!.Delta);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(http, second)); // the other token has had one of two
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(http, $"{main.Address}feeds/guess.ics")); // the address's fifth
        Assert.Equal(HttpStatusCode.TooManyRequests, await StatusAsync(http, $"{main.Address}feeds/guess.ics"));
    }

    [Fact]
    public async Task A_text_never_becomes_another_line_of_the_calendar()
    {
        await using var main = await CalendarMain.StartAsync();
        using var alice = await main.AddUserAsync("alice");
        const string Attack = "x\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nUID:evil\r\nDTSTART:20260101T000000Z\r\nSUMMARY:evil";
        await alice.AddEventAsync(new { title = Attack, description = Attack, location = Attack, start = "2026-03-12T22:00" });
        var errors = await alice.RefusedAsync("events", new { title = "x", start = "2026-03-12T22:00", rule = "FREQ=DAILY\r\nATTENDEE:evil", timeZone = "Europe/Berlin:20260101\r\nX:1" });
        var (_, url) = await alice.OpenExportAsync(Attack);
        using var http = new HttpClient();

        var text = await http.GetStringAsync(url);
        var read = CalendarReader.Read(Encoding.UTF8.GetBytes(text));

        Assert.Equal(["rule", "timeZone"], errors.Select(error => error.Key).Order(StringComparer.Ordinal));
        var single = Assert.Single(read.Events);
        Assert.Equal(Attack.Replace("\r\n", "\n", StringComparison.Ordinal), single.Description);
        Assert.Equal(ReadVerdict.Ok, read.Verdict);
        Assert.DoesNotContain(text.Split("\r\n"), line => line.StartsWith("UID:evil", StringComparison.Ordinal) || line.StartsWith("SUMMARY:evil", StringComparison.Ordinal));
    }

    // RFC 5545, 3.3.10: a date beside a date, an instant beside a time in a zone.
    [Theory]
    [InlineData("2026-03-02T09:00", "Europe/Berlin", "UNTIL=20260331", "UNTIL=20260331T215959Z")]
    [InlineData("2026-03-02T09:00", "Europe/Berlin", "UNTIL=20260331T090000", "UNTIL=20260331T070000Z")]
    [InlineData("2026-03-02T09:00", "Europe/Berlin", "UNTIL=20260331T070000Z", "UNTIL=20260331T070000Z")]
    [InlineData("2026-03-02T09:00", "UTC", "UNTIL=20260331", "UNTIL=20260331T235959Z")]
    [InlineData("2026-03-02T09:00", "America/New_York", "UNTIL=99991231", "UNTIL=99991231T235959Z")]
    [InlineData("2026-03-02", null, "UNTIL=20260331", "UNTIL=20260331")]
    [InlineData("2026-03-02", null, "UNTIL=20260331T070000Z", "UNTIL=20260331")]
    public async Task The_end_of_a_series_is_written_as_the_kind_of_its_start_demands(string start, string? zone, string given, string expected)
    {
        await using var main = await CalendarMain.StartAsync();
        using var alice = await main.AddUserAsync("alice");
        await alice.AddEventAsync(new { title = "Standup", isAllDay = zone is null, start, timeZone = zone, rule = $"FREQ=DAILY;{given}" });
        using var http = new HttpClient();

        var text = await http.GetStringAsync((await alice.OpenExportAsync()).Url);

        Assert.Contains($"\r\nRRULE:FREQ=DAILY;{expected}\r\n", text, StringComparison.Ordinal);
        Assert.Single(await alice.ListOccurrencesAsync("2026-03-31", "2026-04-01"));
        Assert.Equal(given.StartsWith("UNTIL=9999", StringComparison.Ordinal) ? 1 : 0, (await alice.ListOccurrencesAsync("2026-04-01", "2026-04-02")).Count);
    }

    [Fact]
    public async Task Events_of_others_are_not_passed_on_and_equal_data_gives_equal_bytes()
    {
        await using var main = await CalendarMain.StartAsync();
        using var alice = await main.AddUserAsync("alice");
        await alice.AddEventAsync(new { title = "Own", start = "2026-03-12T22:00", rule = "FREQ=WEEKLY" });
        await main.ImportAsync(await alice.SubscribeAsync("https://example.com/a.ics"), "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\nDTSTART:20260312T100000Z\nSUMMARY:Foreign\nEND:VEVENT\nEND:VCALENDAR\n");
        using var http = new HttpClient();

        var first = await http.GetStringAsync((await alice.OpenExportAsync()).Url);
        main.Clock.Advance(TimeSpan.FromDays(3));
        var second = await http.GetStringAsync((await alice.OpenExportAsync()).Url);

        Assert.Equal(first, second);
        Assert.Contains("SUMMARY:Own", first, StringComparison.Ordinal);
        Assert.DoesNotContain("Foreign", first, StringComparison.Ordinal);
    }

    /// <summary>Renders as the export job does.</summary>
    private static async Task RenderDirtyAsync(CalendarMain main)
    {
        foreach (var feed in await main.Database.QueryAsync(ExportStore.DirtyAfter(0, 100), Rows.All(ExportStore.ReadDirty), CancellationToken.None))
        {
            var events = await main.Database.QueryAsync(
                ExportStore.EventsOf(feed.UserId), Rows.All(row => global::CalendarSync.Events.OwnEvent.Read(row, main.Database)), CancellationToken.None);
            await main.Database.ChangeAsync(
                ExportStore.Publish(main.Database, feed, ExportRenderer.Render(feed.Label, events), main.Clock.GetUtcNow()), Rows.Affected, CancellationToken.None);
        }
    }

    private static async Task<HttpStatusCode> StatusAsync(HttpClient http, string url, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, url);
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        using var answer = await http.SendAsync(request);
        return answer.StatusCode;
    }
}
