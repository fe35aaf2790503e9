using Clutch.Executions;

namespace Clutch.Database.Tests.Engine;

/// <summary>What must come of a scenario, worked out item by item: no concurrency, no crashes, no transactions.</summary>
public sealed record SequentialModel(BatchStatus Status, IReadOnlyList<int> Rows, IReadOnlyList<int> DeadLetters)
{
    public static SequentialModel Of(Scenario scenario)
    {
        ArgumentNullException.ThrowIfNull(scenario);
        var (rows, letters) = (new List<int>(), new List<int>());
        foreach (var chunk in ChunksOf(scenario))
        {
            var skipped = chunk.Where(number => IsSkipped(scenario, number)).ToList();
            if (letters.Count + skipped.Count > scenario.Limit)
                return new(BatchStatus.Failed, rows, letters);
            letters.AddRange(skipped);
            rows.AddRange(chunk.Where(number => !IsSkipped(scenario, number) && !scenario.Filtered.Contains(number)));
        }

        return new(BatchStatus.Completed, rows, letters);
    }

    /// <summary>A rejected record takes no room in its chunk.</summary>
    private static IEnumerable<List<int>> ChunksOf(Scenario scenario)
    {
        var (chunk, itemCount) = (new List<int>(), 0);
        for (var number = 1; number <= scenario.Count; number++)
        {
            chunk.Add(number);
            itemCount += scenario.Rejected.Contains(number) ? 0 : 1;
            if (itemCount < scenario.ChunkSize)
                continue;
            yield return chunk;
            (chunk, itemCount) = ([], 0);
        }

        if (chunk.Count > 0)
            yield return chunk;
    }

    // An item that was rejected is never processed, and one that was filtered or failed in processing never written.
    private static bool IsSkipped(Scenario scenario, int number) =>
        scenario.Rejected.Contains(number) ||
        (!scenario.Filtered.Contains(number) && (scenario.BadInProcessing.Contains(number) || scenario.BadInWriting.Contains(number)));
}
