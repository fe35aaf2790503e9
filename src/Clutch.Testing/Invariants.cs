using System.Globalization;
using Clutch.Executions;
using Clutch.Items;
using Clutch.Repository;

namespace Clutch.Testing;

/// <summary>A step that moves numbers from a <see cref="NumberSource"/> into a table, one row a number, as the checker needs to know it.</summary>
public sealed record NumberStep
{
    /// <summary>The step's name.</summary>
    public required string StepName { get; init; }

    /// <summary>How many numbers its source has.</summary>
    public required int InputCount { get; init; }

    /// <summary>Reads all rows of its target.</summary>
    public required Func<ValueTask<IReadOnlyList<int>>> ReadRowsAsync { get; init; }
}

/// <summary>Checks what must hold after every run, however it ended: nothing lost, nothing doubled, every counter true.</summary>
public static class Invariants
{
    /// <summary>Checks one job instance over all its executions.</summary>
    /// <remarks>
    /// I1 rows in the target = written. I2 once completed, input = written + filtered + skipped. I3 no row twice. I4 the checkpoint is where the
    /// committed data ends. Besides: each skipped item is exactly one dead letter, and not in the target.
    /// </remarks>
    /// <exception cref="InvariantException">Something does not hold; all of it is told at once.</exception>
    public static async Task CheckAsync(IJobRepository repository, JobInstanceId instance, IEnumerable<NumberStep> steps)
    {
        ArgumentNullException.ThrowIfNull(repository);
        ArgumentNullException.ThrowIfNull(steps);
        var executions = await repository.ListExecutionsAsync(new ExecutionFilter { InstanceId = instance, Limit = 1_000 }, CancellationToken.None);
        var stepExecutions = new List<StepExecution>();
        foreach (var execution in executions.OrderBy(execution => execution.Id.Value))
            stepExecutions.AddRange(await repository.ListStepsAsync(execution.Id, CancellationToken.None));
        var letters = await repository.ListDeadLettersAsync(new DeadLetterFilter { InstanceId = instance, Status = null, Limit = 10_000 }, CancellationToken.None);
        var broken = new List<string>();
        foreach (var step in steps)
        {
            var own = stepExecutions.Where(execution => execution.StepName == step.StepName).ToList();
            broken.AddRange(FindBroken(step, own, [.. letters.Where(letter => letter.StepName == step.StepName)], await step.ReadRowsAsync()));
        }

        if (broken.Count > 0)
            throw new InvariantException(broken);
    }

    /// <summary>I5: checks that the counters the run showed are those in the repository. Not for a run that lost its lease or could not record its end.</summary>
    /// <exception cref="InvariantException">They differ.</exception>
    public static void CheckCounters(JobOutcome outcome)
    {
        ArgumentNullException.ThrowIfNull(outcome);
        var stored = outcome.Steps.Where(step => step.Partition is null).ToLookup(step => step.StepName, step => step.Counts);
        var broken = new List<string>();
        foreach (var step in outcome.Run.Progress.GroupBy(progress => progress.StepName))
        {
            // A step whose own end could not be recorded was ended with its job, at its last commit.
            var pairs = step.Zip(stored[step.Key]).Where(pair => pair.First.Status.IsFinal).ToList();
            if (step.Count() != stored[step.Key].Count())
                broken.Add($"I5: step '{step.Key}' began {step.Count()} times, but the repository has {stored[step.Key].Count()} executions of it.");
            broken.AddRange(pairs.Where(pair => pair.First.Counts != pair.Second).Select(pair =>
                $"I5: step '{step.Key}' has the counters {Describe(pair.Second)} in the repository, but the run showed {Describe(pair.First.Counts)}."));
        }

        if (broken.Count > 0)
            throw new InvariantException(broken);
    }

    /// <summary>The counters as one line: <c>r5 w4 f0 rs0 ps1 ws0 c3 b0</c>.</summary>
    public static string Describe(StepCounts counts) => string.Create(
        CultureInfo.InvariantCulture,
        $"r{counts.Read} w{counts.Written} f{counts.Filtered} rs{counts.ReadSkipped} ps{counts.ProcessSkipped} ws{counts.WriteSkipped} c{counts.Commits} b{counts.Rollbacks}");

    private static IEnumerable<string> FindBroken(NumberStep step, List<StepExecution> executions, List<DeadLetter> letters, IReadOnlyList<int> rows)
    {
        var workers = executions.Exists(execution => execution.Partition is not null) ? executions.FindAll(execution => execution.Partition is not null) : executions;
        var sum = Sum(workers);
        if (rows.Count != sum.Written)
            yield return $"I1: step '{step.StepName}' counts {sum.Written} written, but its target has {rows.Count} rows.";
        if (executions.FindLast(execution => execution.Partition is null) is { Status: BatchStatus.Completed })
        {
            if (sum.Written + sum.Filtered + sum.Skipped != step.InputCount)
                yield return $"I2: step '{step.StepName}' is completed with {Describe(sum)}, but its input has {step.InputCount} records.";
            if (sum.Read != sum.Written + sum.Filtered + sum.ProcessSkipped + sum.WriteSkipped)
                yield return $"I2: step '{step.StepName}' is completed, but of the items read some have no outcome: {Describe(sum)}.";
        }

        foreach (var row in rows.GroupBy(row => row).Where(group => group.Count() > 1))
            yield return $"I3: row {row.Key} is in the target of step '{step.StepName}' {row.Count()} times.";
        foreach (var worker in workers.GroupBy(execution => execution.Partition))
        {
            foreach (var error in FindBrokenCheckpoint(step, [.. worker], rows))
                yield return error;
        }

        foreach (var error in FindBrokenLetters(step, sum, letters, rows))
            yield return error;
    }

    private static IEnumerable<string> FindBrokenCheckpoint(NumberStep step, List<StepExecution> executions, IReadOnlyList<int> rows)
    {
        var last = executions[^1];
        var range = last.PartitionData?.Split('-').Select(bound => int.Parse(bound, CultureInfo.InvariantCulture)).ToArray() ?? [1, step.InputCount];
        var position = last.Checkpoint?.Input?.ToPosition() ?? range[0] - 1;
        var sum = Sum(executions);
        var recordCount = sum.Read + sum.ReadSkipped;
        if (recordCount != position - range[0] + 1)
            yield return $"I4: the checkpoint of step '{step.StepName}' {last.Partition} is {position}, but {recordCount} records from {range[0]} on are accounted for.";
        if (rows.Where(row => row >= range[0] && row <= range[1]).Any(row => row > position))
            yield return $"I4: step '{step.StepName}' {last.Partition} has rows behind its checkpoint {position}: they will be written again.";
    }

    private static IEnumerable<string> FindBrokenLetters(NumberStep step, StepCounts sum, List<DeadLetter> letters, IReadOnlyList<int> rows)
    {
        foreach (var (phase, count) in new[] { (SkipPhase.Read, sum.ReadSkipped), (SkipPhase.Process, sum.ProcessSkipped), (SkipPhase.Write, sum.WriteSkipped) })
        {
            if (letters.Count(letter => letter.Phase == phase) != count)
                yield return $"Step '{step.StepName}' counts {count} skips in phase {phase}, but has {letters.Count(letter => letter.Phase == phase)} dead letters.";
        }

        foreach (var twice in letters.GroupBy(letter => (letter.Partition, letter.Ordinal)).Where(group => group.Count() > 1))
            yield return $"Item {twice.Key.Ordinal} of step '{step.StepName}' {twice.Key.Partition} has {twice.Count()} dead letters.";
        foreach (var both in letters.Select(letter => int.Parse(letter.Payload!, CultureInfo.InvariantCulture)).Intersect(rows))
            yield return $"Item {both} of step '{step.StepName}' is a dead letter and a row.";
    }

    private static StepCounts Sum(IEnumerable<StepExecution> executions) =>
        executions.Aggregate(default(StepCounts), (sum, execution) => sum + execution.Counts.Minus(execution.Uncommitted));
}

/// <summary>A run broke a promise of the engine.</summary>
public sealed class InvariantException : Exception
{
    internal InvariantException(IReadOnlyList<string> broken)
        : base(string.Join(Environment.NewLine, broken)) => Broken = broken;

    /// <summary>All that does not hold, one sentence each.</summary>
    public IReadOnlyList<string> Broken { get; }
}
