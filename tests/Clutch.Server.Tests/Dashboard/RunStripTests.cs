using Bunit;
using Clutch.Client.Wire;
using Clutch.Server.Dashboard.Charts;
using Clutch.Server.Dashboard.Layout;
using Clutch.Server.Texts;
using Microsoft.Extensions.DependencyInjection;

namespace Clutch.Server.Tests.Dashboard;

/// <summary>The strip of a job's latest runs.</summary>
public sealed class RunStripTests
{
    [Fact]
    public void A_run_that_a_clock_set_back_made_shorter_than_nothing_has_the_least_height()
    {
        using var context = new BunitContext();
        context.Services.AddSingleton(new PageContext { Text = TextBook.English, Prefix = "", Address = "/", Now = DateTimeOffset.UnixEpoch });

        var strip = context.Render<RunStrip>(parameters => parameters.Add(strip => strip.Runs, [RunOf(1, -5), RunOf(2, 100)]));

        Assert.Equal(["24", "6"], strip.FindAll("rect").Select(mark => mark.GetAttribute("height")));
    }

    private static RunView RunOf(long id, double seconds) => new() { Id = id, Status = ExecutionStatus.Completed, StartedAt = DateTimeOffset.UnixEpoch, DurationSeconds = seconds, Read = 1, Written = 1, Skipped = 0 };
}
