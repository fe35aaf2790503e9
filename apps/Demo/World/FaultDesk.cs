using Simulators.Faults;

namespace Demo.World;

/// <summary>Orders what goes wrong, and reads in the simulators' list how often it did.</summary>
internal sealed class FaultDesk(WorldClient world)
{
    /// <summary>In words, for the terminal.</summary>
    public const string InWords = "server errors, cut connections, torn and late answers, 429s, calls delivered twice, items that fail for a passing reason";

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private static readonly FaultOrder Order = new()
    {
        Rules =
        [
            new() { Role = "calendars", Kind = FaultKind.ServerError, Rate = 0.02 },
            new() { Role = "calendars", Kind = FaultKind.Truncated, Rate = 0.01 },
            new() { Role = "calendars", Kind = FaultKind.Reset, Rate = 0.01 },
            .. Calls("stock"),
            .. Calls("fulfilment"),
            new() { Role = "fulfilment", Kind = FaultKind.Twice, Path = "sku-updates", Rate = 0.05, MinSeconds = 0, MaxSeconds = 2 },
        ],
        Stock = new() { RepeatedRate = 0.005 },
        Fulfilment = new() { TransientRate = 0.01 },
    };

    /// <summary>From now on things go wrong.</summary>
    public Task BeginAsync(CancellationToken cancellationToken) => world.PostAsync("control/faults", JsonContent.Create(Order, FaultJson.Default.FaultOrder), cancellationToken);

    /// <summary>From now on all goes well: also what is still to be delivered twice has been.</summary>
    public async Task EndAsync(CancellationToken cancellationToken)
    {
        await world.DeleteAsync("control/faults", cancellationToken);
        while ((await ReportAsync(cancellationToken)).PendingCopies > 0)
            await Task.Delay(Pause, TimeProvider.System, cancellationToken);
    }

    /// <summary>How often something went wrong since the folder was made, by the simulators' own list.</summary>
    public async Task<FaultCounts> CountAsync(CancellationToken cancellationToken)
    {
        var report = await ReportAsync(cancellationToken);
        var calendars = report.Counts.Where(count => count.Key.StartsWith("calendars/", StringComparison.Ordinal)).Sum(count => count.Value);
        return new(calendars, report.Counts.Values.Sum() - calendars);
    }

    private Task<FaultReport> ReportAsync(CancellationToken cancellationToken) => world.GetAsync("control/faults", FaultJson.Default.FaultReport, cancellationToken);

    private static FaultRule[] Calls(string role) =>
    [
        new() { Role = role, Kind = FaultKind.ServerError, Rate = 0.02 },
        new() { Role = role, Kind = FaultKind.Reset, Rate = 0.01 },
        new() { Role = role, Kind = FaultKind.TooMany, Rate = 0.005, MinSeconds = 1, MaxSeconds = 1 },
        new() { Role = role, Kind = FaultKind.Truncated, Rate = 0.005 },
        new() { Role = role, Kind = FaultKind.Slow, Rate = 0.03, Factor = 2, MinSeconds = 0 },
    ];
}

/// <summary>Faults that were injected.</summary>
internal readonly record struct FaultCounts(int Calendars, int Skus);
