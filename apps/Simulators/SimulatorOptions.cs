using System.Globalization;

namespace Simulators;

/// <summary>What the command line orders. Every setting is <c>--name value</c>; apps/Simulators/README.md lists them.</summary>
internal sealed record SimulatorOptions
{
    /// <summary>Which parts of the outside world this process plays: stock, fulfilment, calendars.</summary>
    public required IReadOnlyList<string> Roles { get; init; }

    /// <summary>The folder of the state that survives a kill.</summary>
    public required string DataFolder { get; init; }

    public required long Seed { get; init; }

    /// <summary>All latencies are multiplied by it: 1 = as calibrated, 0 = none.</summary>
    public required double TimeScale { get; init; }

    public required int SkuCount { get; init; }

    public required int AccountCount { get; init; }

    public required int BadSkuCount { get; init; }

    public required int ToggledSkuCount { get; init; }

    /// <summary>How many workers apply accepted updates at once.</summary>
    public required int WorkerCount { get; init; }

    /// <summary>Accepted and not yet applied items above which a submission is answered with 429.</summary>
    public required int QueueLimit { get; init; }

    /// <summary>False switches the version guard off: the proof that the invariants notice.</summary>
    public required bool GuardsVersions { get; init; }

    public required int FeedCount { get; init; }

    public required int EventsPerFeed { get; init; }

    /// <summary>How the provider behaves for which feeds at first: "SlowDrip:1-5;Gone:6".</summary>
    public required string FeedBehaviours { get; init; }

    /// <summary>A file with an order of faults to start with, or null.</summary>
    public required string? FaultFile { get; init; }

    public required Latencies Latencies { get; init; }

    public static SimulatorOptions From(IConfiguration settings)
    {
        double Number(string name, double fallback) => settings[name] is { } text ? double.Parse(text, CultureInfo.InvariantCulture) : fallback;
        int Count(string name, int fallback) => (int)Number(name, fallback);
        return new SimulatorOptions
        {
            Roles = (settings["roles"] ?? "stock,fulfilment,calendars").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries),
            DataFolder = Path.GetFullPath(settings["data"] ?? "data/simulators"),
            Seed = (long)Number("seed", 1),
            TimeScale = Number("time-scale", 1),
            SkuCount = Count("skus", 50_000),
            AccountCount = Count("accounts", 20),
            BadSkuCount = Count("bad-skus", 50),
            ToggledSkuCount = Count("toggled-skus", 5),
            WorkerCount = Count("workers", 64),
            QueueLimit = Count("queue-limit", 200_000),
            GuardsVersions = settings["version-guard"] != "off",
            FeedCount = Count("feeds", 100),
            EventsPerFeed = Count("events", 50),
            FeedBehaviours = settings["behaviours"] ?? "",
            FaultFile = settings["faults"],
            Latencies = Latencies.From(Number),
        };
    }
}
