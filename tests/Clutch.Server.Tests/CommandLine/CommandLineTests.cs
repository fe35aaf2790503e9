using System.Text.Json;
using Clutch.Client;
using Clutch.Client.Wire;
using Clutch.Server.Tests.Alerts;
using Clutch.Server.Tests.Fixtures;
using Spectre.Console;

namespace Clutch.Server.Tests.CommandLine;

/// <summary>Client and command line against a real server.</summary>
public sealed class CommandLineTests : IAsyncLifetime
{
    private TestServer? _server;

    private TestServer Server => _server!;

    public async Task InitializeAsync() => _server = await TestServer.StartAsync(StoreKind.Sqlite);

    public async Task DisposeAsync() => await Server.DisposeAsync();

    [Fact]
    public async Task A_launch_is_followed_to_its_end()
    {
        var (code, output, _) = await RunAsync("launch", "quick", "date=2026-11-24", "rows=30", "--follow");

        Assert.Equal(0, code);
        Assert.Contains("started as execution", output, StringComparison.Ordinal);
        Assert.Contains("Completed", output, StringComparison.Ordinal);
        Assert.Contains("30", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Following_shows_live_progress_and_ends_with_the_status()
    {
        var launched = await Server.Operator.LaunchAsync("waiting");
        var following = RunAsync("follow", $"{launched.Id}", "--json");
        await Server.Viewer.UntilAsync(launched.Id, details => details.Steps is [{ Counts.Commits: >= 3 }]);
        await RunAsync("stop", $"{launched.Id}", "--reason", "enough");
        Server.Jobs.Release();

        var (code, output, _) = await following;

        Assert.Equal(3, code);
        var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonSerializer.Deserialize(line, WireJson.Default.ProgressView)!).ToList();
        Assert.Equal(ExecutionStatus.Stopped, lines[^1].Status);
        Assert.True(lines.Count >= 2);
    }

    [Fact]
    public async Task Every_ending_has_its_exit_code()
    {
        var failed = await RunAsync("launch", "failing", "--follow");
        var id = (await Server.Viewer.GetAsync("/api/v1/executions?job=failing", WireJson.Default.PageExecutionView)).Items[0].Id;
        var running = await Server.Operator.LaunchAsync("limited", """{"n":"1"}""");

        Assert.Equal(1, failed.Code);
        Assert.Contains("The file is torn.", failed.Output, StringComparison.Ordinal);
        Assert.Equal(2, (await RunAsync("launch", "quick", "date=yesterday")).Code);
        Assert.Equal(2, (await RunAsync("launch", "quick", "date")).Code);
        Assert.Equal(2, (await RunAsync("launch", "nothing")).Code);
        Assert.Equal(2, (await RunAsync("show", "4711")).Code);
        Assert.Equal(2, (await RunAsync("stop", $"{id}")).Code);
        Assert.Equal(2, (await RunAsync("fly")).Code);
        Assert.Equal(4, (await RunAsync("launch", "limited", "n=1")).Code);
        Assert.Equal(5, (await RunAsync("launch", "limited", "n=2")).Code);
        Assert.Equal(5, (await RunAsync("stop", $"{id}", "--reason", "a test")).Code);
        Assert.Equal(5, (await RunAsync("stop", $"{id}", "--reason", "@anna asked for it")).Code);
        Assert.Equal(5, (await RunAsync(TestServer.ViewerKey, "launch", "failing")).Code);
        Assert.Equal(5, (await RunAsync("wrong-key", "jobs")).Code);
        Assert.Equal(6, (await RunAsync("jobs", "--server", "http://127.0.0.1:1")).Code);
        Server.Jobs.Release();
        await Server.Viewer.EndAsync(running.Id);
    }

    [Fact]
    public async Task Lists_are_tables_for_people_and_lines_for_programs()
    {
        var skipping = await Server.Operator.LaunchAsync("skipping");
        await Server.Viewer.EndAsync(skipping.Id);

        foreach (var (arguments, words) in new (string[], string[])[]
        {
            (["jobs"], ["quick", "date=DateOnly", "[rows=10]"]),
            (["list", "--job", "skipping"], ["skipping", "Completed", "n=1"]),
            (["show", $"{skipping.Id}"], ["load", "18", "2"]),
            (["dead-letters", "--execution", $"{skipping.Id}"], ["FormatException", "is round"]),
            (["dead-letters", "--groups"], ["skipping", "load"]),
            (["nodes"], ["Live"]),
            (["audit"], ["job.launch", "key:tests-operator"]),
        })
        {
            var (code, output, error) = await RunAsync(arguments);
            Assert.True(code == 0, error);
            Assert.All(words, word => Assert.Contains(word, output, StringComparison.Ordinal));

            var (jsonCode, json, _) = await RunAsync([.. arguments, "--json"]);
            Assert.Equal(0, jsonCode);
            foreach (var line in json.Split('\n', StringSplitOptions.RemoveEmptyEntries))
                JsonDocument.Parse(line).Dispose();
        }
    }

    [Fact]
    public async Task Dead_letters_are_run_again_and_the_reason_is_kept()
    {
        var skipping = await Server.Operator.LaunchAsync("skipping");
        await Server.Viewer.EndAsync(skipping.Id);
        Server.Jobs.Mend();

        var (code, output, error) = await RunAsync("redrive", $"{skipping.Id}", "--step", "load", "--reason", "mended", "--follow");

        Assert.True(code == 0, output + error);
        Assert.Empty((await Server.Viewer.GetAsync("/api/v1/dead-letters", WireJson.Default.PageDeadLetterView)).Items);
        Assert.Equal("mended", (await Server.Viewer.GetAsync("/api/v1/audit?action=dead-letter.redrive", WireJson.Default.PageAuditEntryView)).Items[0].Reason);
    }

    [Fact]
    public async Task Alerts_are_listed_taken_on_silenced_and_tested()
    {
        await Server.Viewer.EndAsync((await Server.Operator.LaunchAsync("failing")).Id);
        var alert = await Server.LookUntilAsync(found => found.Job == "failing");

        foreach (var (code, words, arguments) in new (int, string[], string[])[]
        {
            (0, ["failing", "Open"], ["alerts", "list", "--state", "Open"]),
            (0, ["The file is torn.", "not finished"], ["alerts", "show", $"{alert.Id}"]),
            (0, ["Acknowledged"], ["alerts", "ack", $"{alert.Id}", "--reason", "on it"]),
            (5, ["has failed for good"], ["alerts", "resend", $"{alert.Id}", "--reason", "mended"]),
            (0, ["failing", "quiet please"], ["alerts", "silence", "--job", "failing", "--minutes", "5", "--reason", "quiet please"]),
            (0, ["quiet please"], ["alerts", "list", "--silences"]),
            (0, [], ["alerts", "unsilence", "1", "--reason", "enough"]),
            (2, ["nobody"], ["alerts", "test", "--target", "nobody"]),
            (2, ["4711"], ["alerts", "show", "4711"]),
            (2, ["Minutes"], ["alerts", "silence", "--job", "failing", "--minutes", "0", "--reason", "none"]),
        })
        {
            var ran = await RunAsync(arguments);
            Assert.True(ran.Code == code, $"{string.Join(' ', arguments)}: {ran.Code}, {ran.Output}{ran.Error}");
            Assert.All(words, word => Assert.Contains(word, ran.Output + ran.Error, StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData(200, 0, "Synced")]
    [InlineData(400, 1, "400")]
    public async Task A_test_of_the_alerts_tells_whether_it_arrived(int status, int expected, string word)
    {
        await using var sink = await HttpSink.StartAsync();
        sink.Status = status;
        await using var server = await TestServer.StartAsync(StoreKind.Sqlite, new() { Options = options => options.Alerts.Webhooks.Add(new() { Name = "ops", Url = sink.Address }) });

        var (code, output, error) = await RunWithAsync(server.Address, TestServer.OperatorKey, ["alerts", "test", "--target", "ops", "--reason", "does it work"]);

        Assert.True(code == expected, output + error);
        Assert.Contains(word, output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_client_tells_a_refusal_with_all_its_facts()
    {
        using var client = new ClutchClient(Server.Address, TestServer.OperatorKey);

        var refused = await Assert.ThrowsAsync<ClutchServerException>(() => client.LaunchAsync("quick", new() { Parameters = new Dictionary<string, string> { ["date"] = "yesterday" } }));

        Assert.Equal(System.Net.HttpStatusCode.BadRequest, refused.Status);
        Assert.Contains("parameters.date", refused.Problem.Errors!.Keys);
        Assert.Contains("yesterday", refused.Message, StringComparison.Ordinal);
    }

    private Task<(int Code, string Output, string Error)> RunAsync(params string[] arguments) =>
        arguments[0] is TestServer.ViewerKey or "wrong-key" ? RunWithAsync(arguments[0], arguments[1..]) : RunWithAsync(TestServer.OperatorKey, arguments);

    private Task<(int Code, string Output, string Error)> RunWithAsync(string key, string[] arguments) => RunWithAsync(Server.Address, key, arguments);

    private static async Task<(int Code, string Output, string Error)> RunWithAsync(Uri address, string key, string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var console = AnsiConsole.Create(new() { Ansi = AnsiSupport.No, ColorSystem = ColorSystemSupport.NoColors, Out = new AnsiConsoleOutput(output) });
        console.Profile.Width = 240;
        string[] all = arguments.Contains("--server") ? [.. arguments, "--api-key", key] : [.. arguments, "--server", address.ToString(), "--api-key", key];
        var code = await Cli.CommandLine.RunAsync(all, console, error, CancellationToken.None);
        return (code, output.ToString(), error.ToString());
    }
}
