using System.Globalization;
using Clutch.Executions;
using Clutch.Items;
using Clutch.Testing;
using FsCheck;
using FsCheck.Fluent;
using Xunit.Abstractions;

namespace Clutch.Database.Tests.Engine;

/// <summary>Random faults, crashes and restarts end where a sequential model ends.</summary>
/// <remarks>The seed is printed; set CLUTCH_TEST_SEED to run it again.</remarks>
public abstract class PropertyBehaviour<TStore>(int caseCount, ITestOutputHelper output) : EngineTests<TStore>
    where TStore : EngineStore, new()
{
    private const int MostRuns = 60;

    [SkippableFact]
    public void Whatever_breaks_the_outcome_is_that_of_a_sequential_model()
    {
        var seed = Environment.GetEnvironmentVariable("CLUTCH_TEST_SEED") is { Length: > 0 } text
            ? ulong.Parse(text, CultureInfo.InvariantCulture)
            : (ulong)Random.Shared.NextInt64();
        output.WriteLine($"Seed {seed.ToString(CultureInfo.InvariantCulture)}, {caseCount.ToString(CultureInfo.InvariantCulture)} cases. Set CLUTCH_TEST_SEED to run them again.");
        var config = Config.QuickThrowOnFailure.WithMaxTest(caseCount).WithReplay(seed, 1_234_567_891UL);

        Check.One(config, Prop.ForAll(Scenario.Arbitrary, CheckAsync));
    }

    private async Task CheckAsync(Scenario scenario)
    {
        var expected = SequentialModel.Of(scenario);
        var job = await JobForAsync(scenario);

        var status = await RunToTheEndAsync(job, scenario);

        Assert.Equal(expected.Status, status);
        Assert.Equal(expected.Rows, await job.Table.ReadAsync());
        Assert.Equal(expected.DeadLetters, (await job.ListDeadLettersAsync()).Select(letter => int.Parse(letter.Payload!, CultureInfo.InvariantCulture)).Order());
    }

    /// <summary>Restarts after each failure, until the job is complete or only its skip limit stands in the way.</summary>
    private async Task<BatchStatus> RunToTheEndAsync(NumberJob job, Scenario scenario)
    {
        for (var run = 0; run < MostRuns; run++)
        {
            job.Faults = run < scenario.Faults.Count ? new FaultPlan().ThrowAt(scenario.Faults[run].Point, scenario.Faults[run].Hit) : null;
            var outcome = await job.RunAsync();
            if (outcome.Status.IsRunning)
                await Repository.RecoverAsync([outcome.Execution.Node], [], CancellationToken.None);
            if (outcome.Status is BatchStatus.Completed || outcome.Execution.Failure is { Type: nameof(SkipLimitExceededException) })
                return outcome.Status;
        }

        return BatchStatus.Stopped;
    }

    private static void FailForAWhile(ItemFaults<int> faults, IEnumerable<(int Item, int Times)> items)
    {
        foreach (var (item, times) in items)
            faults.FailForAWhile(item, times);
    }

    private async Task<NumberJob> JobForAsync(Scenario scenario)
    {
        var job = await NumbersAsync(scenario.Count, scenario.ChunkSize, scenario.Concurrency);
        job.Style = scenario.Style;
        job.Source.Rejects.FailAll(scenario.Rejected);
        job.Processing.FailAll(scenario.BadInProcessing);
        job.Writing.FailAll(scenario.BadInWriting);
        FailForAWhile(job.Source.Faults, scenario.PassingInReading);
        FailForAWhile(job.Processing, scenario.PassingInProcessing);
        FailForAWhile(job.Writing, scenario.PassingInWriting);
        job.Before = step => step.Filter(number => !scenario.Filtered.Contains(number));
        job.Step = step =>
        {
            step = step.Skip<BadItemException>(scenario.Limit);
            return scenario.Partitions == 0 ? step : step.Partition(_ => new Partitioner(() => job.Source.Cut(scenario.Partitions)), concurrency: 2);
        };
        return job;
    }
}

public sealed class InMemoryPropertyTests(ITestOutputHelper output) : PropertyBehaviour<InMemoryStore>(400, output);

public sealed class SqlitePropertyTests(ITestOutputHelper output) : PropertyBehaviour<SqliteEngineStore>(40, output);
