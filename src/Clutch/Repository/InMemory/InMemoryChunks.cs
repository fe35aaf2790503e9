using Clutch.Executions;
using Clutch.Items;

namespace Clutch.Repository.InMemory;

/// <summary>What becomes of chunks: their commit, and the dead letters that one leaves or another takes up again.</summary>
internal sealed class InMemoryChunks(InMemoryTables tables)
{
    public LeaseAnswer Commit(ChunkCommit commit, InMemoryChunk chunk)
    {
        if (!tables.Holds(commit.StepExecutionId, commit.Fence, out var row) || row.CommitCount >= commit.Counts.Commits)
            return LeaseAnswer.Lost;
        var redriven = FindOpen(chunk.Redriven);
        foreach (var write in chunk.Staged)
            write();
        foreach (var place in redriven)
            tables.DeadLetters[place] = tables.DeadLetters[place] with { Status = DeadLetterStatus.Redriven };
        foreach (var letter in commit.DeadLetters)
            tables.DeadLetters.Add(letter with { Id = tables.NextId() });
        row.Note(commit, tables.Now);
        return InMemoryTables.AnswerFor(tables.Executions[row.JobExecutionId.Value]);
    }

    public bool HasCommitted(StepExecutionId step, ChunkCommit commit) => tables.StepRows[step.Value].CommitCount >= commit.Counts.Commits;

    /// <summary>The places of these letters. What another re-drive has written already must not be written twice: then the chunk is undone as a whole.</summary>
    private List<int> FindOpen(IReadOnlyList<long> ids)
    {
        if (ids.Count == 0)
            return [];
        var asked = ids.ToHashSet();
        var places = Enumerable.Range(0, tables.DeadLetters.Count)
            .Where(place => tables.DeadLetters[place] is { Status: DeadLetterStatus.Open, Id: var id } && asked.Contains(id))
            .ToList();
        return places.Count == ids.Count ? places : throw new RepositoryException(
            $"{ids.Count - places.Count} of the chunk's {ids.Count} dead letters were run again by another execution meanwhile, so nothing of the chunk was committed. " +
            "Restart the execution: it goes on with the letters that are still open.");
    }
}
