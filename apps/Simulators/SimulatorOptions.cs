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

    /// <summary>Reads the settings.</summary>
    /// <param name="configuration">Where they stand.</param>
    /// <param name="args">The command line, whose unknown names are refused.</param>
    /// <exception cref="SimulatorSettingsException">They are wrong.</exception>
    public static SimulatorOptions From(IConfiguration configuration, IReadOnlyList<string> args)
    {
        var settings = new SettingReader(configuration);
        var options = new SimulatorOptions
        {
            Roles = settings.Words("roles", "stock", "fulfilment", "calendars"),
            DataFolder = Path.GetFullPath(settings.Text("data") ?? "data/simulators"),
            Seed = settings.Whole("seed", 1),
            TimeScale = settings.Number("time-scale", 1),
            SkuCount = settings.Count("skus", 50_000),
            AccountCount = settings.Count("accounts", 20, least: 1),
            BadSkuCount = settings.Count("bad-skus", 50),
            ToggledSkuCount = settings.Count("toggled-skus", 5),
            WorkerCount = settings.Count("workers", 64, least: 1),
            QueueLimit = settings.Count("queue-limit", 200_000),
            GuardsVersions = settings.Word("version-guard", "on", "off") == "on",
            FeedCount = settings.Count("feeds", 100),
            EventsPerFeed = settings.Count("events", 50),
            FeedBehaviours = settings.Text("behaviours") ?? "",
            FaultFile = settings.Text("faults"),
            Latencies = Latencies.From(settings.Number),
        };
        settings.Finish(args);
        return options;
    }
}
