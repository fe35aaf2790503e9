using System.Globalization;

namespace Apps.Tests.FaultPlan;

/// <summary>What a storm consists of. The same options and seed give the same data, faults and schedule; where a signal meets a process stays chance.</summary>
internal sealed record StormOptions
{
    public int Seed { get; init; } = 1;

    /// <summary>sqlite or postgresql.</summary>
    public string Store { get; init; } = "sqlite";

    /// <summary>The order the outbox keeps between versions of a key: None, PerKey or LatestWins.</summary>
    public string Ordering { get; init; } = "LatestWins";

    public int SkuCount { get; init; } = 50_000;

    public int BadSkuCount { get; init; } = 50;

    /// <summary>SIGKILLs at random moments, at random client processes.</summary>
    public int Kills { get; init; } = 200;

    /// <summary>Mean time between two of them (Poisson).</summary>
    public double KillMeanSeconds { get; init; } = 1.5;

    /// <summary>The longest a killed client stays away.</summary>
    public double MaxAwaySeconds { get; init; } = 3;

    /// <summary>How often every named point is ordered to kill.</summary>
    public int FailPointRounds { get; init; } = 10;

    /// <summary>How long clients may take at most to reach the named points before the random kills begin; what was not reached by then is ordered among these.</summary>
    public int PointSeconds { get; init; } = 600;

    /// <summary>SIGSTOPs of twice the lease.</summary>
    public int Stops { get; init; } = 20;

    public int DatabaseStops { get; init; } = 20;

    public int ServerKills { get; init; } = 20;

    public int Partitions { get; init; } = 5;

    public double PartitionSeconds { get; init; } = 30;

    /// <summary>How often the toggled SKUs change.</summary>
    public int Toggles { get; init; } = 100;

    public double TimeScale { get; init; } = 1;

    public int LeaseSeconds { get; init; } = 5;

    /// <summary>The second copy of a request comes so late at most.</summary>
    public int MaxCopyDelaySeconds { get; init; } = 30;

    /// <summary>How long after the last fault everything must have ended.</summary>
    public int SettleSeconds { get; init; } = 300;

    /// <summary>How long a server lives among the faults and then without: what it holds must not grow. Half of it each; 0 leaves it out.</summary>
    public int EnduranceSeconds { get; init; } = 240;

    /// <summary>Client processes at once: three on PostgreSQL, one on SQLite.</summary>
    public int ClientCount => Store == "sqlite" ? 1 : 3;

    public static StormOptions Parse(string[] arguments)
    {
        string? Text(string name) => Array.IndexOf(arguments, "--" + name) is >= 0 and var at && at + 1 < arguments.Length ? arguments[at + 1] : null;
        int Count(string name, int fallback) => Text(name) is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : fallback;
        double Number(string name, double fallback) => Text(name) is { } text ? double.Parse(text, CultureInfo.InvariantCulture) : fallback;
        var whole = new StormOptions();
        var kills = Count("kills", whole.Kills);
        // Everything else goes with the number of kills, unless it is named.
        var share = kills / (double)whole.Kills;
        int Shared(string name, int fallback) => Count(name, (int)Math.Ceiling(fallback * share));
        return whole with
        {
            Seed = Count("seed", whole.Seed),
            Store = Text("store") is "postgres" or "postgresql" ? "postgresql" : "sqlite",
            Ordering = Text("ordering") ?? whole.Ordering,
            SkuCount = Count("skus", whole.SkuCount),
            BadSkuCount = Count("bad-skus", whole.BadSkuCount),
            Kills = kills,
            KillMeanSeconds = Number("kill-mean", whole.KillMeanSeconds),
            MaxAwaySeconds = Number("away", whole.MaxAwaySeconds),
            FailPointRounds = Shared("fail-point-rounds", whole.FailPointRounds),
            PointSeconds = Shared("point-seconds", whole.PointSeconds),
            Stops = Shared("stops", whole.Stops),
            DatabaseStops = Shared("database-stops", whole.DatabaseStops),
            ServerKills = Shared("server-kills", whole.ServerKills),
            Partitions = Shared("partitions", whole.Partitions),
            PartitionSeconds = Number("partition-seconds", whole.PartitionSeconds),
            Toggles = Count("toggles", whole.Toggles),
            TimeScale = Number("time-scale", whole.TimeScale),
            LeaseSeconds = Count("lease", whole.LeaseSeconds),
            MaxCopyDelaySeconds = Count("copy-delay", whole.MaxCopyDelaySeconds),
            SettleSeconds = Count("settle", whole.SettleSeconds),
            EnduranceSeconds = Count("endurance", whole.EnduranceSeconds),
        };
    }
}
