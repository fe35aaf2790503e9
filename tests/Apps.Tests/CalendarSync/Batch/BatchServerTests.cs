using System.Net;
using Apps.Tests.Programs;

namespace Apps.Tests.CalendarSync.Batch;

/// <summary>The batch server beside the jobs: in a process of its own, and in the main server's.</summary>
public sealed class BatchServerTests
{
    [Theory]
    [InlineData("batch")]
    [InlineData("all")]
    public async Task Jobs_and_their_runs_are_seen_through_the_batch_server(string role)
    {
        await using var world = await BatchWorld.StartAsync("sqlite", feeds: 3);
        await world.SubscribeAsync(3);
        var settings = BatchWorld.Settings(world.Storage).SelectMany(setting => new[] { $"--{setting.Key}", setting.Value! });
        await using var program = RunningProgram.Start("CalendarSync", Path.GetTempPath(), [role, "--urls", "http://127.0.0.1:0", "--Batch:Urls", "http://127.0.0.1:0", "--Calendar:Import:Tick", "00:00:00.2", .. settings]);
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        var addresses = await ListAddressesAsync(program, role == "all" ? 2 : 1, patience.Token);
        using var client = new HttpClient { BaseAddress = addresses[^1] };

        while (!(await client.GetStringAsync(new Uri("api/v1/executions", UriKind.Relative), patience.Token)).Contains("ompleted", StringComparison.Ordinal))
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, patience.Token);

        Assert.Contains("import", await client.GetStringAsync(new Uri("api/v1/jobs", UriKind.Relative)), StringComparison.Ordinal);
        using var dashboard = await client.GetAsync(new Uri("", UriKind.Relative));
        Assert.Equal(HttpStatusCode.OK, dashboard.StatusCode);
        var truth = await world.TruthAsync(2);
        // What completed first may have been another job, or an import before this feed's turn.
        while ((await world.EventsAsync(2)).Count < truth.Count)
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, patience.Token);
        Assert.Equal(truth, await world.EventsAsync(2));
        if (role != "all") return;
        using var main = new HttpClient { BaseAddress = addresses[0] };
        using var openApi = await main.GetAsync(new Uri("openapi/v1.json", UriKind.Relative));
        using var elsewhere = await main.GetAsync(new Uri("api/v1/executions", UriKind.Relative));
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.NotFound), (openApi.StatusCode, elsewhere.StatusCode));
    }

    private static async Task<IReadOnlyList<Uri>> ListAddressesAsync(RunningProgram program, int count, CancellationToken cancellationToken)
    {
        const string Listening = "Now listening on: ";
        while (true)
        {
            var found = program.Output.Split('\n').Where(line => line.Contains(Listening, StringComparison.Ordinal)).Select(line => new Uri(line[(line.IndexOf(Listening, StringComparison.Ordinal) + Listening.Length)..].Trim())).ToList();
            if (found.Count == count) return found;
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, cancellationToken);
        }
    }
}
