namespace Simulators;

/// <summary>How long the calls take, in milliseconds before <see cref="SimulatorOptions.TimeScale"/>. The defaults are the calibrated constants of the benchmark: docs/benchmarks.</summary>
internal sealed record Latencies
{
    /// <summary>One page of the summary, however many items it holds.</summary>
    public required double SummaryPage { get; init; }

    public required double DetailCall { get; init; }

    public required double DetailPerId { get; init; }

    public required double SyncCall { get; init; }

    public required double SyncPerItem { get; init; }

    public required double SubmitCall { get; init; }

    public required double SubmitPerItem { get; init; }

    /// <summary>What a worker needs to apply one accepted item.</summary>
    public required double Apply { get; init; }

    public required double StatusCall { get; init; }

    public required double Feed { get; init; }

    public static Latencies From(Func<string, double, double> number) => new()
    {
        SummaryPage = number("summary-ms", 300),
        DetailCall = number("detail-ms", 60),
        DetailPerId = number("detail-item-ms", 10),
        SyncCall = number("sync-ms", 40),
        SyncPerItem = number("sync-item-ms", 12),
        SubmitCall = number("submit-ms", 60),
        SubmitPerItem = number("submit-item-ms", 0.1),
        Apply = number("apply-ms", 12),
        StatusCall = number("status-ms", 60),
        Feed = number("feed-ms", 20),
    };
}
