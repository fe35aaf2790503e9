using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
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
        await first.WaitForAsync("Ending; Ctrl-C again ends at once.");
        var ended = await first.WaitForExitAsync();

        Assert.Equal(4, refused);
        Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"already (process {first.ProcessId}, http://127.0.0.1:{_folder.Port}/)"), second.Output, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, dashboard.StatusCode);
        Assert.Equal(0, ended);
    }

    [Fact]
    public async Task A_channel_that_somebody_paused_is_told_and_goes_on_once_it_is_resumed()
    {
        using var dashboard = new HttpClient { BaseAddress = new(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{_folder.Port}/api/v1/outbox/fulfilment/")) };
        await using var demo = _folder.Start("--exit");
        await demo.WaitForAsync("Calendars subscribed");
        using var paused = await dashboard.PostAsJsonAsync("pause", new { reason = "a look around" });

        await demo.WaitForAsync("paused: resume it");
        using var resumed = await dashboard.PostAsJsonAsync("resume", new { reason = "seen" });

        DemoFolder.AssertWell(await demo.WaitForExitAsync(), demo.Output);
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (paused.StatusCode, resumed.StatusCode));
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
            CultureInfo.InvariantCulture, $$"""{ "skuCount": 2000, "calendarCount": 100, "store": "sqlite", "id": "mine", "simulatorPort": {{port}}, "roundStartedAt": "2026-01-01T00:00:00Z" }"""));
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

    [SkippableFact]
    public async Task A_database_of_another_folder_is_refused()
    {
        var database = await PostgreSqlServer.CreateDatabaseAsync();
        await PostgreSqlServer.RunAsync(database, "CREATE TABLE if_sku (id bigint); CREATE TABLE demo_folder (id text); INSERT INTO demo_folder VALUES ('another')");
        await _folder.WriteAsync("demo.json", string.Create(
            CultureInfo.InvariantCulture, $$"""{ "skuCount": 2000, "calendarCount": 100, "store": "postgresql", "id": "mine", "hasTables": true, "simulatorPort": {{_folder.Port + 2}}, "roundStartedAt": "2026-01-01T00:00:00Z" }"""));

        await using var demo = _folder.Start("--exit", "--postgres", database);

        Assert.Equal(2, await demo.WaitForExitAsync());
        Assert.Contains("another data folder was at work on it", demo.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("'--sku' is no option of the demo.", "--sku", "5")]
    [InlineData("'--skus' takes a whole number from 1 to 1,000,000, not 'many'.", "--skus", "many")]
    [InlineData("Option '--port' needs a value.", "--port")]
    [InlineData("Option '--data' needs a value.", "--data", "--exit")]
    [InlineData("Option '--exit' takes no value.", "--exit=yes")]
    [InlineData("'--data' takes a folder, not an empty text.", "--data", "")]
    [InlineData("'--postgress' is no option of the demo.", "--postgress=Host=x;Password=secret")]
    [InlineData("Argument 9 is no option of the demo: each begins with '--'.", "postgres://demo:secret@localhost/demo")]
    [InlineData("'--postgres' takes a connection string of names and values, such as \"Host=localhost;Database=demo;Username=demo\"", "--postgres", "postgres://demo:secret@localhost/demo")]
    [InlineData("'--postgres' takes a connection string of names and values, such as \"Host=localhost;Database=demo;Username=demo\"", "--postgres", "")]
    public async Task A_wrong_option_is_told(string message, params string[] options)
    {
        var (exitCode, output) = await _folder.RunAsync(options);

        Assert.Equal(2, exitCode);
        Assert.StartsWith(message, output, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Help_is_given_beside_other_options()
    {
        var (exitCode, output) = await _folder.RunAsync("--exit", "--help");

        Assert.Equal(0, exitCode);
        Assert.StartsWith("dotnet run -c Release --project apps/Demo", output, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();
}
