using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Apps.Tests.Programs;

namespace Apps.Tests.Demo;

/// <summary>The demo on a folder that an earlier start left behind: finished, killed, or changed since.</summary>
public sealed class DemoRestartTests : IDisposable
{
    private readonly DemoFolder _folder = new();

    [Theory]
    [InlineData("Calendars subscribed")]
    [InlineData("Calendars synchronised")]
    [InlineData("SKUs delivered")]
    public async Task Killed_in_the_middle_and_started_again_it_finishes_the_rest(string moment)
    {
        await using (var killed = _folder.Start("--exit"))
        {
            await killed.WaitForAsync(moment);
            await killed.KillAsync();
            Assert.DoesNotContain("doubled", killed.Output, StringComparison.Ordinal);
        }

        var output = await _folder.RunWellAsync();

        Assert.Contains("An earlier start was interrupted", output, StringComparison.Ordinal);
        Assert.Equal(["100", "2,000"], DemoFolder.Row(output, "items"));
    }

    [Fact]
    public async Task On_a_finished_folder_only_what_changed_goes_through()
    {
        await _folder.RunWellAsync();

        var output = await _folder.RunWellAsync();

        Assert.Contains("The world moves on", output, StringComparison.Ordinal);
        Assert.Equal(["100", "2,000"], DemoFolder.Row(output, "items"));
        // Each start takes back what the one before it gave to the one who subscribes; the visitor keeps it.
        await _folder.ChangeAsync("clutch.db", "UPDATE calendar_user SET name = 'one token' WHERE name = 'demo-01' AND (SELECT count(*) FROM calendar_credential WHERE user_id = calendar_user.id) = 1");
    }

    [Fact]
    public async Task A_target_that_lost_an_SKU_behind_our_back_is_told_by_the_books()
    {
        using var http = new HttpClient { BaseAddress = new(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{_folder.Port + 2}/")) };
        await using (var first = _folder.Start())
        {
            await first.WaitForAsync("Ctrl-C ends the demo");
            var row = (await http.GetStringAsync(new Uri("control/fulfilment/target", UriKind.Relative))).Split('\n')[0];
            var sku = JsonSerializer.Deserialize<JsonElement>(row);
            using var answer = await http.PostAsJsonAsync("control/fulfilment/tamper", new { accountId = sku.GetProperty("accountId").GetString(), skuId = sku.GetProperty("skuId").GetString(), forget = true });
            answer.EnsureSuccessStatusCode();
            await first.SignalAsync("TERM");
            Assert.Equal(0, await first.WaitForExitAsync());
        }

        await using var second = _folder.Start("--exit");

        Assert.Equal(1, await second.WaitForExitAsync());
        Assert.Equal(["0", "1"], DemoFolder.Row(second.Output, "lost"));
        Assert.Contains("SKUs: the books differ from what is synchronised.", second.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_world_did_after_it_was_read_counts_as_lost_and_the_next_start_mends_it()
    {
        await _folder.RunWellAsync();
        await File.AppendAllTextAsync(_folder.PathOf("simulators/stock.jsonl"), """{"kind":"Change","number":2,"percent":2,"at":"2026-01-02T00:00:00Z"}""" + "\n");
        var state = await File.ReadAllTextAsync(_folder.PathOf("demo.json"));
        await _folder.WriteAsync("demo.json", state.Replace("\"isFinished\": true", "\"isFinished\": false", StringComparison.Ordinal));
        var (exitCode, output) = await _folder.RunAsync("--exit");
        Assert.True(exitCode == 1, output);

        var mended = await _folder.RunWellAsync();

        Assert.Contains("The books of the last start differed. The world stays as it is", mended, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Books_that_differ_in_any_way_are_told()
    {
        await _folder.RunWellAsync();
        await _folder.ChangeAsync(
            "simulators/fulfilment.db",
            "INSERT INTO ledger (account_id, sku_id, version, op, hash, operation_id, item_id, applied_at) SELECT account_id, sku_id, version + 1, op, hash, operation_id, 'again', applied_at FROM ledger ORDER BY sequence LIMIT 1",
            "INSERT INTO target (account_id, sku_id, version, deleted) VALUES ('A01', 'S9999999', 1, 0)");
        await _folder.ChangeAsync(
            "clutch.db",
            "DELETE FROM clutch_outbox_message WHERE id = (SELECT min(id) FROM clutch_outbox_message WHERE status = 4)",
            "UPDATE calendar_feed_event SET end_local = start_local WHERE id = (SELECT min(id) FROM calendar_feed_event)");

        await using var second = _folder.Start("--exit");

        Assert.Equal(1, await second.WaitForExitAsync());
        Assert.Equal(["1", "1"], DemoFolder.Row(second.Output, "lost"));
        Assert.Equal(["1", "2"], DemoFolder.Row(second.Output, "doubled"));
    }

    [Fact]
    public async Task What_a_visitor_does_with_calendars_keeps_no_later_start_from_its_end()
    {
        await using (var first = _folder.Start())
        {
            var token = (await first.WaitForAsync("sign in as 'visitor'")).Split(' ')[^1];
            await first.WaitForAsync("Ctrl-C ends the demo");
            using var http = new HttpClient { BaseAddress = new(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{_folder.Port + 1}/api/v1/")) };
            http.DefaultRequestHeaders.Authorization = new("Bearer", token);
            var mine = (await http.GetFromJsonAsync<JsonElement>("subscriptions")).GetProperty("items").EnumerateArray().Select(item => item.GetProperty("id").GetInt64()).ToList();
            using var paused = await http.PatchAsJsonAsync(string.Create(CultureInfo.InvariantCulture, $"subscriptions/{mine[0]}"), new { isPaused = true });
            using var ended = await http.DeleteAsync(new Uri(string.Create(CultureInfo.InvariantCulture, $"subscriptions/{mine[1]}"), UriKind.Relative));
            using var added = await http.PostAsJsonAsync("subscriptions", new { url = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{_folder.Port + 2}/calendars/feeds/7.ics?basic") });
            await first.SignalAsync("TERM");
            Assert.Equal((HttpStatusCode.OK, HttpStatusCode.NoContent, HttpStatusCode.Created, 0), (paused.StatusCode, ended.StatusCode, added.StatusCode, await first.WaitForExitAsync()));
        }

        var output = await _folder.RunWellAsync();

        Assert.Equal(["100", "2,000"], DemoFolder.Row(output, "items"));
    }

    [Fact]
    public async Task What_is_still_at_work_is_waited_for()
    {
        const string LastImport = "(SELECT max(id) FROM clutch_job_execution WHERE job_name = 'import')";
        await _folder.RunWellAsync();
        // As a machine leaves it that lost its power: the row says that it runs, until its lease is over. Of a process of this machine it would be known at once that it is dead.
        await _folder.ChangeAsync(
            "clutch.db",
            "UPDATE sync_run SET status = 'Running', ended_at = NULL WHERE run_key = 'demo-1'",
            "UPDATE clutch_job_execution SET status = 'Started', ended_at = NULL, node = 'elsewhere', lease_expires_at = (unixepoch() + 3600) * 1000 WHERE id = (SELECT job_execution_id FROM sync_run WHERE run_key = 'demo-1')",
            $"UPDATE clutch_job_execution SET status = 'Started', ended_at = NULL, node = 'elsewhere', lease_expires_at = (unixepoch() + 3600) * 1000 WHERE id = {LastImport}");

        await using var second = _folder.Start("--exit");
        await second.WaitForAsync("An import of calendars is still at work: it ends first.");
        var roundMeanwhile = await File.ReadAllTextAsync(_folder.PathOf("demo.json"));
        await _folder.ChangeAsync("clutch.db", $"UPDATE clutch_job_execution SET lease_expires_at = 0 WHERE id = {LastImport}");
        await second.WaitForAsync("is still at work: it ends first");
        await _folder.ChangeAsync("clutch.db", "UPDATE clutch_job_execution SET lease_expires_at = 0 WHERE id = (SELECT job_execution_id FROM sync_run WHERE run_key = 'demo-1')");

        Assert.Equal(0, await second.WaitForExitAsync());
        Assert.Equal(["100", "2,000"], DemoFolder.Row(second.Output, "items"));
        Assert.Contains("\"round\": 1,", roundMeanwhile, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task A_start_that_ended_between_its_first_table_and_its_last_goes_on()
    {
        var database = await PostgreSqlServer.CreateDatabaseAsync();
        await PostgreSqlServer.RunAsync(database, "CREATE TABLE calendar_user (id bigint)");
        await using (var broken = _folder.Start("--exit", "--postgres", database))
        {
            Assert.Equal(6, await broken.WaitForExitAsync());
            Assert.Contains(_folder.PathOf("demo.log"), broken.Output, StringComparison.Ordinal);
        }

        await PostgreSqlServer.RunAsync(database, "DROP TABLE calendar_user");

        await _folder.RunWellAsync("--postgres", database);
    }

    [Fact]
    public async Task A_folder_whose_database_is_gone_is_refused()
    {
        await _folder.RunWellAsync();
        File.Delete(_folder.PathOf("clutch.db"));

        await using var second = _folder.Start("--exit");

        Assert.Equal(2, await second.WaitForExitAsync());
        Assert.Contains("'clutch.db' is gone or empty", second.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Other_sizes_than_the_folder_holds_are_refused()
    {
        await using (var killed = _folder.Start())
        {
            await killed.WaitForAsync("Calendars subscribed");
            await killed.KillAsync();
        }

        await using var demo = _folder.Start("--skus", "500");

        Assert.Equal(2, await demo.WaitForExitAsync());
        Assert.Contains("holds a demo of 2,000 SKUs and 100 calendars on sqlite", demo.Output, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();
}
