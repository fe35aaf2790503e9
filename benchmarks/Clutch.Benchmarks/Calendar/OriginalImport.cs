using System.Globalization;
using CalendarSync.Hosting;
using Clutch.Ical.Components;
using Clutch.Ical.Reading;
using Clutch.Relational;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Clutch.Benchmarks.Calendar;

/// <summary>The import as the original did it, inside the main server: at one moment, feed by feed, the whole body and all its objects in memory, one INSERT a row.</summary>
/// <remarks>
/// Ten at a time, as its connection pool allowed. It is kinder than the original in three ways: our parser reads (ten times ical4j's speed), asynchronous calls hold no thread, and no feed hangs for ever.
/// </remarks>
internal sealed class OriginalImport(RelationalDatabase database) : BackgroundService
{
    private const int AtOnce = 10;

    private const string Insert = """
        INSERT INTO calendar_feed_event (feed_id, uid, instance, content_hash, is_all_day, start_local, end_local, is_recurring, window_from, window_to, component)
        VALUES (@feed, @uid, @instance, '0', false, @start, @start, false, @now, @now, @text)
        ON CONFLICT DO NOTHING
        """;

    /// <summary>Runs the main server with this import in it: what <c>CALENDAR-MAIN</c> on the command line means.</summary>
    public static async Task<int> ServeAsync(string[] settings)
    {
        await using var app = CalendarHost.Build(CalendarRole.Main, settings, builder => builder.Services.AddHostedService<OriginalImport>());
        await app.RunAsync();
        return 0;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(200), TimeProvider.System);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            var due = await database.QueryAsync(
                new Statement("SELECT id, url FROM calendar_feed WHERE next_due_at <= now() ORDER BY id"), Rows.All(row => (Id: row.GetInt64(0), Url: row.GetString(1))), stoppingToken);
            await Parallel.ForEachAsync(due, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = stoppingToken }, async (feed, token) => await SyncAsync(feed.Id, feed.Url, token));
        }
    }

    private async Task SyncAsync(long feed, string url, CancellationToken cancellationToken)
    {
        using var client = new HttpClient();
        var body = await client.GetByteArrayAsync(new Uri(url), cancellationToken);
        var calendar = CalendarReader.Read(body);
        var known = await database.QueryAsync(
            new Statement("SELECT uid FROM calendar_feed_event WHERE feed_id = @feed").With("feed", feed), Rows.All(row => row.GetString(0)), cancellationToken);
        await using var session = await database.OpenSessionAsync(cancellationToken);
        await session.BeginAsync(cancellationToken);
        foreach (var single in calendar.Events.ToList().Where(single => !known.Contains(single.Uid ?? ""))) await session.RunAsync(InsertOf(feed, single), Rows.Affected, cancellationToken);
        await session.RunAsync(
            new Statement("UPDATE calendar_feed SET next_due_at = now() + interval '1 day', checked_at = now(), revision = revision + 1 WHERE id = @feed").With("feed", feed), Rows.Affected, cancellationToken);
        await session.CommitAsync(cancellationToken);
    }

    private static Statement InsertOf(long feed, CalendarEvent single) => new Statement(Insert)
        .With("feed", feed).With("uid", single.Uid).With("instance", "").With("start", single.Start?.Local.ToString("uuuu-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture))
        .With("now", TimeProvider.System.GetUtcNow()).With("text", $"{single.Summary}\n{single.Description}\n{single.Location}");
}
