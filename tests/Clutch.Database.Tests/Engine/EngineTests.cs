using System.Globalization;
using System.Text.RegularExpressions;
using Clutch.Executions;
using Clutch.Hosting;
using Clutch.Repository;
using Clutch.Steps;
using Clutch.Testing;

namespace Clutch.Database.Tests.Engine;

/// <summary>What the engine's behaviour tests share: a store of their own, and jobs over numbers.</summary>
public abstract partial class EngineTests<TStore> : IAsyncLifetime
    where TStore : EngineStore, new()
{
    private static int _lastName;

    protected TStore Store { get; } = new();

    protected IJobRepository Repository => Store.Repository;

    public async Task InitializeAsync() => await Store.OpenAsync();

    public async Task DisposeAsync() => await Store.DisposeAsync();

    /// <summary>A name that no other test of this run uses.</summary>
    protected static string NewName(string kind) => string.Create(CultureInfo.InvariantCulture, $"{kind}_{Interlocked.Increment(ref _lastName)}");

    /// <summary>A job with one step that moves the numbers from 1 to <paramref name="count"/> into a table.</summary>
    protected async Task<NumberJob> NumbersAsync(int count, int chunkSize, int concurrency = 1)
    {
        var name = NewName("numbers");
        return new(Store, name, await Store.CreateTableAsync(name), new NumberSource(count), chunkSize, concurrency);
    }

    /// <summary>A host as another process would be.</summary>
    protected JobTestHost NewHost(Action<ClutchBuilder> configure, IFaultInjector? faults = null) =>
        new(new() { Repository = Repository, Configure = configure, Faults = faults, ConfigureServices = Store.AddServices });

    /// <summary>Asserts how a step ended, with the counters in short: <c>r5 w4 ps1 c3 b0</c>. Skips and filters not named must be 0.</summary>
    protected static void AssertStep(StepExecution step, BatchStatus status, string counts)
    {
        var expected = ShortCounters().Matches(counts).ToDictionary(match => match.Groups[1].Value, match => match.Value, StringComparer.Ordinal);
        var actual = ShortCounters().Matches(Invariants.Describe(step.Counts)).Select(match => match.Groups[1].Value switch
        {
            var name when expected.ContainsKey(name) => match.Value,
            "f" or "rs" or "ps" or "ws" when !match.Value.EndsWith("0", StringComparison.Ordinal) || match.Groups[2].Length > 1 => match.Value,
            _ => null,
        }).OfType<string>();
        var order = new[] { "r", "w", "f", "rs", "ps", "ws", "c", "b" };

        Assert.Equal(
            $"{status} {string.Join(' ', order.Where(expected.ContainsKey).Select(name => expected[name]))}",
            $"{step.Status} {string.Join(' ', actual)}");
    }

    protected static void AssertStep(JobOutcome outcome, BatchStatus status, string counts)
    {
        Assert.Equal(status, outcome.Status);
        AssertStep(outcome.Step(NumberJob.StepName), status, counts);
    }

    [GeneratedRegex("([a-z]+)([0-9]+)")]
    private static partial Regex ShortCounters();
}
