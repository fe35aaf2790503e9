using System.Net;
using Clutch.Client.Wire;
using Clutch.Server.Tests.Fixtures;

namespace Clutch.Server.Tests.Api;

/// <summary>Jobs and steps whose names have slashes, as those of re-drives have.</summary>
public sealed class RouteNameTests
{
    [Fact]
    public async Task A_name_with_a_slash_is_found_wherever_it_stands_in_an_address()
    {
        await using var server = await TestServer.StartAsync(StoreKind.Sqlite, new()
        {
            Clutch = clutch => clutch.AddJob("etl/import", job => job.Step("load/all", (_, _) => Task.CompletedTask)),
        });

        var launched = await server.Operator.LaunchAsync("etl%2Fimport");
        await server.Viewer.EndAsync(launched.Id);
        var job = await server.Viewer.GetAsync("/api/v1/jobs/etl%2Fimport", WireJson.Default.JobView);
        var history = await server.Viewer.GetAsync("/api/v1/statistics/jobs/etl%2fimport", WireJson.Default.JobHistoryView);

        Assert.Equal(("etl/import", "etl/import"), (launched.Job, job.Name));
        Assert.Equal(launched.Id, Assert.Single(history.Runs).Id);
        foreach (var path in (string[])["/jobs/etl%2Fimport", $"/executions/{launched.Id}/steps/load%2Fall", "/jobs/skipping%2Fload%2Fredrive"])
        {
            using var page = await server.Viewer.GetAsync(new Uri(path, UriKind.Relative));
            Assert.True(page.StatusCode is HttpStatusCode.OK, $"{(int)page.StatusCode} for '{path}'.");
        }
    }
}
