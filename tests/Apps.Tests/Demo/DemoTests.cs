using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using Apps.Tests.Programs;

namespace Apps.Tests.Demo;

/// <summary>The one command of the README, as a newcomer types it, in a small size.</summary>
public sealed class DemoTests : IDisposable
{
    private readonly DemoFolder _folder = new();

    [Fact]
    public async Task It_synchronises_everything_and_the_books_agree()
    {
        await using var demo = _folder.Start("--exit");
        DemoFolder.AssertWell(await demo.WaitForExitAsync(), demo.Output);

        Assert.Equal(["100", "2,000"], DemoFolder.Row(demo.Output, "items"));
        Assert.Equal(["0", "2"], DemoFolder.Row(demo.Output, "dead letters"));
        Assert.NotEqual("0", DemoFolder.Row(demo.Output, "faults met")[1]);
    }

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
    }

    [SkippableFact]
    public async Task On_PostgreSQL_it_does_the_same()
    {
        var database = await PostgreSqlServer.CreateDatabaseAsync();

        var output = await _folder.RunWellAsync("--postgres", database);

        Assert.Equal(["100", "2,000"], DemoFolder.Row(output, "items"));
    }

    [Fact]
    public async Task It_stays_until_Ctrl_C_and_a_second_start_beside_it_is_refused()
    {
        using var http = new HttpClient();
        await using var first = _folder.Start();
        await first.WaitForAsync("Ctrl-C ends the demo");

        await using var second = _folder.StartAt(_folder.Port + 10);
        var refused = await second.WaitForExitAsync();
        using var dashboard = await http.GetAsync(new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{_folder.Port}/")));
        await first.SignalAsync("INT");
        var ended = await first.WaitForExitAsync();

        Assert.Equal(4, refused);
        Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"already (process {first.ProcessId}, http://127.0.0.1:{_folder.Port}/)"), second.Output, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, dashboard.StatusCode);
        Assert.Equal(0, ended);
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
    public async Task An_extract_that_is_still_at_work_is_waited_for()
    {
        await _folder.RunWellAsync();
        // As a machine leaves it that lost its power: the row says that it runs, until its lease is over. Of a process of this machine it would be known at once that it is dead.
        await _folder.ChangeAsync(
            "clutch.db",
            "UPDATE sync_run SET status = 'Running', ended_at = NULL WHERE run_key = 'demo-1'",
            "UPDATE clutch_job_execution SET status = 'Started', ended_at = NULL, node = 'elsewhere', lease_expires_at = (unixepoch() + 3600) * 1000 WHERE id = (SELECT job_execution_id FROM sync_run WHERE run_key = 'demo-1')");

        await using var second = _folder.Start("--exit");
        await second.WaitForAsync("is still at work: it ends first");
        await _folder.ChangeAsync("clutch.db", "UPDATE clutch_job_execution SET lease_expires_at = 0 WHERE id = (SELECT job_execution_id FROM sync_run WHERE run_key = 'demo-1')");

        Assert.Equal(0, await second.WaitForExitAsync());
        Assert.Equal(["100", "2,000"], DemoFolder.Row(second.Output, "items"));
    }

    [SkippableFact]
    public async Task A_start_that_ended_between_its_first_table_and_its_last_goes_on()
    {
        var database = await PostgreSqlServer.CreateDatabaseAsync();
        await PostgreSqlServer.RunAsync(database, "CREATE TABLE calendar_user (id bigint)");
        await using (var broken = _folder.Start("--exit", "--postgres", database))
        {
            Assert.Equal(70, await broken.WaitForExitAsync());
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
    public async Task What_nobody_foresaw_is_told_without_a_stack_trace()
    {
        await _folder.WriteAsync("simulators/stock.jsonl", "no JSON\n");

        await using var demo = _folder.Start("--exit");

        Assert.Equal(70, await demo.WaitForExitAsync());
        Assert.Contains(_folder.PathOf("demo.log"), demo.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", demo.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_port_that_the_subscriptions_name_is_told_as_such()
    {
        var port = _folder.Port + 2;
        await _folder.WriteAsync("demo.json", string.Create(
            CultureInfo.InvariantCulture, $$"""{ "skuCount": 2000, "calendarCount": 100, "store": "sqlite", "simulatorPort": {{port}}, "roundStartedAt": "2026-01-01T00:00:00Z" }"""));
        using var other = new TcpListener(IPAddress.Loopback, port);
        other.Start();

        await using var demo = _folder.Start("--exit");

        Assert.Equal(2, await demo.WaitForExitAsync());
        Assert.Contains("needs this very port: end the other program, or begin anew: --data DIR --port N.", demo.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, "the dashboard")]
    [InlineData(1, "the main server")]
    [InlineData(2, "the simulators")]
    public async Task A_port_in_use_is_told(int offset, string server)
    {
        using var other = new TcpListener(IPAddress.Loopback, _folder.Port + offset);
        other.Start();

        await using var demo = _folder.Start("--exit");
        var exitCode = await demo.WaitForExitAsync();

        Assert.Equal(2, exitCode);
        Assert.Equal(string.Create(CultureInfo.InvariantCulture, $"Port {_folder.Port + offset}, meant for {server}, is in use by another program or may not be used. Give another one: --port N."), demo.Output);
    }

    [Theory]
    [InlineData("'--sku' is no option of the demo.", "--sku", "5")]
    [InlineData("'--skus' takes a whole number from 1 to 1,000,000, not 'many'.", "--skus", "many")]
    [InlineData("Option '--port' needs a value.", "--port")]
    [InlineData("'--postgres' takes a connection string of names and values, such as \"Host=localhost;Database=demo;Username=demo\"", "--postgres", "postgres://demo:secret@localhost/demo")]
    [InlineData("'--postgres' takes a connection string of names and values, such as \"Host=localhost;Database=demo;Username=demo\"", "--postgres", "")]
    public async Task A_wrong_option_is_told(string message, params string[] options)
    {
        await using var demo = _folder.Start(options);

        Assert.Equal(2, await demo.WaitForExitAsync());
        Assert.StartsWith(message, demo.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", demo.Output, StringComparison.Ordinal);
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
