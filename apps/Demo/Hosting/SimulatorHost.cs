using System.Globalization;
using Demo.Folder;
using Simulators;

namespace Demo.Hosting;

/// <summary>The outside world, with its own files in the data folder.</summary>
internal static class SimulatorHost
{
    // With calibrated latencies a feed of 25 events is what most people's calendars are.
    private const int EventsPerFeed = 25;

    public static WebApplication Build(DataFolder folder, DemoState state, Uri address, LogFile log)
    {
        var builder = WebApplication.CreateBuilder();
        builder.Adopt(address, log);
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["data"] = folder.PathOf("simulators"),
            ["skus"] = Text(state.SkuCount),
            ["bad-skus"] = Text(Math.Max(1, state.SkuCount / 1_000)),
            ["feeds"] = Text(state.CalendarCount),
            ["events"] = Text(EventsPerFeed),
        });
        return builder.BuildSimulators();
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
