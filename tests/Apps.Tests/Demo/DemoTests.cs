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
        var output = await _folder.RunWellAsync();

        Assert.Equal(["100", "2,000"], DemoFolder.Row(output, "items"));
        Assert.Equal(["0", "2"], DemoFolder.Row(output, "dead letters"));
        Assert.NotEqual("0", DemoFolder.Row(output, "faults met")[1]);
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
    public async Task A_wrong_option_is_told(string message, params string[] options)
    {
        await using var demo = _folder.Start(options);

        Assert.Equal(2, await demo.WaitForExitAsync());
        Assert.StartsWith(message, demo.Output, StringComparison.Ordinal);
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
