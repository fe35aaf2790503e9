using System.Globalization;
using Clutch.Benchmarks.Results;

namespace Clutch.Benchmarks.Calendar;

/// <summary>What the main server's users saw in one situation.</summary>
/// <param name="way">What happened beside them.</param>
/// <param name="answers">All answers of whole seconds.</param>
/// <param name="from">The first second that counts.</param>
/// <param name="until">The second at which it ends.</param>
internal sealed class Situation(Way way, IReadOnlyList<PacedAnswer> answers, int from, int until)
{
    private readonly List<PacedAnswer> _counted = [.. answers.Where(answer => answer.DueAt >= from && answer.DueAt < until)];

    public Way Way => way;

    public required long FeedsDone { get; init; }

    /// <summary>From the moment at which all feeds were due until the last was done, or null where they were not all done.</summary>
    public required double? SyncSeconds { get; init; }

    /// <summary>The greatest median of a second.</summary>
    public double WorstSecond => _counted.GroupBy(answer => (int)answer.DueAt).Max(second => Spread.Of(second.Select(answer => answer.Milliseconds)).Median);

    /// <summary>The slowest answer of each second, from the load's start on.</summary>
    public IReadOnlyList<double> WorstPerSecond => [.. answers.GroupBy(answer => (int)answer.DueAt).OrderBy(second => second.Key).Select(second => second.Max(answer => answer.Milliseconds))];

    /// <summary>How late the load itself sent: of 99 in 100 requests at most.</summary>
    public double SentLate => Percentile.Of([.. _counted.Select(answer => answer.LateMilliseconds).Order()], 0.99);

    public double At(double share) => Percentile.Of([.. _counted.Select(answer => answer.Milliseconds).Order()], share);

    public string Describe() => string.Create(CultureInfo.InvariantCulture, $"{way.Name}: p50 {At(0.5):0.0}, p99 {At(0.99):0.0}, p99.9 {At(0.999):0.0}, worst second {WorstSecond:0.0}, sent late {SentLate:0.0} ms; {FeedsDone} feeds, {SyncSeconds:0.0} s");
}

/// <summary>Where feeds sync while the main server is asked.</summary>
/// <param name="Name">What the table says.</param>
/// <param name="Choice">What <c>--variants</c> says.</param>
internal sealed record Way(string Name, string Choice)
{
    public static readonly Way None = new("no sync", "None");
    public static readonly Way Original = new("inside, the original's way", "Original");
    public static readonly Way Inside = new("inside, our engine", "Inside");
    public static readonly Way Loop = new("no sync, an idle-policy loop", "Loop");
    public static readonly Way Batch = new("batch process", "Batch");

    public bool Syncs => this != None && this != Loop;
}
