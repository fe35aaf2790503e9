using System.Diagnostics;

namespace Apps.Tests.CalendarSync.Main;

/// <summary>Real programs that read an export feed: vdirsyncer copies it, khal shows it.</summary>
public sealed class SubscriberProgramTests
{
    [SkippableFact]
    public async Task Vdirsyncer_and_khal_show_the_events_and_a_second_sync_copies_nothing()
    {
        var (vdirsyncer, khal) = (Installed.Program("vdirsyncer", "vdirsyncer"), Installed.Program("khal", "khal"));
        await using var main = await CalendarMain.StartAsync();
        using var alice = await main.AddUserAsync("alice", "Asia/Seoul");
        await alice.AddEventAsync(new { title = "야간 근무; Ward 3, \"A\"", start = "2026-03-02T22:00", end = "2026-03-03T07:00", location = "병원" });
        await alice.AddEventAsync(new { title = "Standup", start = "2026-03-04T09:00", end = "2026-03-04T09:15", rule = "FREQ=WEEKLY;COUNT=3", excluded = new[] { "2026-03-11T09:00" } });
        await alice.AddEventAsync(new { title = "Off", isAllDay = true, start = "2026-03-10", end = "2026-03-12", isBusy = false });
        var (_, url) = await alice.OpenExportAsync("Shifts");
        var folder = Directory.CreateTempSubdirectory("calendar-readers").FullName;
        var (sync, show) = await ConfigureAsync(folder, url);

        await RunAsync(vdirsyncer, "-c", sync, "discover", "shifts");
        var first = await RunAsync(vdirsyncer, "-c", sync, "sync", "shifts");
        var second = await RunAsync(vdirsyncer, "-c", sync, "sync", "shifts");
        var shown = await RunAsync(khal, "-c", show, "list", "--format", "{start-date} {start-time} {end-date} {end-time} {title}", "--day-format", "", "2026-03-01", "30d");

        Assert.Equal(3, Count(first, "Copying (uploading) item"));
        Assert.Equal(0, Count(second, "Copying"));
        Assert.Contains("2026-03-02 22:00 2026-03-03 07:00 야간 근무; Ward 3, \"A\"", shown, StringComparison.Ordinal);
        Assert.Contains("2026-03-04 09:00 2026-03-04 09:15 Standup", shown, StringComparison.Ordinal);
        Assert.Contains("2026-03-18 09:00 2026-03-18 09:15 Standup", shown, StringComparison.Ordinal);
        Assert.DoesNotContain("2026-03-11 09:00", shown, StringComparison.Ordinal);
        Assert.Contains("2026-03-10  2026-03-11  Off", shown, StringComparison.Ordinal);
        Directory.Delete(folder, recursive: true);
    }

    private static int Count(string text, string part) => text.Split(part).Length - 1;

    private static async Task<(string Sync, string Show)> ConfigureAsync(string folder, string url)
    {
        var (sync, show) = (Path.Combine(folder, "vdirsyncer.conf"), Path.Combine(folder, "khal.conf"));
        await File.WriteAllTextAsync(sync, $"""
            [general]
            status_path = "{folder}/status"
            [pair shifts]
            a = "here"
            b = "there"
            collections = null
            conflict_resolution = "b wins"
            [storage here]
            type = "filesystem"
            path = "{folder}/shifts"
            fileext = ".ics"
            [storage there]
            type = "http"
            url = "{url}"
            """);
        await File.WriteAllTextAsync(show, $"""
            [calendars]
            [[shifts]]
            path = {folder}/shifts
            readonly = True
            [locale]
            local_timezone = Asia/Seoul
            default_timezone = Asia/Seoul
            timeformat = %H:%M
            dateformat = %Y-%m-%d
            longdateformat = %Y-%m-%d
            datetimeformat = %Y-%m-%d %H:%M
            longdatetimeformat = %Y-%m-%d %H:%M
            [sqlite]
            path = {folder}/khal.db
            """);
        Directory.CreateDirectory(Path.Combine(folder, "shifts"));
        return (sync, show);
    }

    private static async Task<string> RunAsync(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        (start.Environment["LC_ALL"], start.Environment["COLUMNS"]) = ("C.UTF-8", "300");
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync(new CancellationTokenSource(TimeSpan.FromMinutes(3)).Token);
        var all = $"{await output}\n{await errors}";
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}:\n{all}");
        return all;
    }
}
