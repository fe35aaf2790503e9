using Clutch.Executions;
using Clutch.Items;

namespace Clutch.Repository.InMemory;

/// <summary>What becomes of chunks: their commit, and the dead letters that one leaves or another takes up again.</summary>
internal sealed class InMemoryChunks(InMemoryTables tables)
{
    public LeaseAnswer Commit(ChunkCommit commit, IReadOnlyList<Action> writes)
    {
        if (!tables.Holds(commit.StepExecutionId, commit.Fence, out var row) || row.CommitCount >= commit.Counts.Commits)
            return LeaseAnswer.Lost;
        foreach (var write in writes)
            write();
        foreach (var letter in commit.DeadLetters)
            tables.DeadLetters.Add(letter with { Id = tables.NextId() });
        row.Note(commit, tables.Now);
        return InMemoryTables.AnswerFor(tables.Executions[row.JobExecutionId.Value]);
    }

    public bool HasCommitted(StepExecutionId step, ChunkCommit commit) => tables.StepRows[step.Value].CommitCount >= commit.Counts.Commits;

    public void MarkRedriven(HashSet<long> ids)
    {
        for (var i = 0; i < tables.DeadLetters.Count; i++)
        {
            if (ids.Contains(tables.DeadLetters[i].Id))
                tables.DeadLetters[i] = tables.DeadLetters[i] with { Status = DeadLetterStatus.Redriven };
        }
    }
}
