using Clutch.Executions;

namespace Clutch.Repository.InMemory;

/// <summary>A step execution with its lease. A commit is only noted: the record is made when somebody asks for it.</summary>
internal sealed class StepRow(StepExecution step)
{
    private StepExecution _step = step;
    private ChunkCommit? _lastCommit;
    private DateTimeOffset _committedAt;
    private string? _context;

    public StepExecution Step
    {
        get
        {
            if (_lastCommit is { } commit)
            {
                _step = _step with
                {
                    Checkpoint = commit.Checkpoint,
                    Counts = commit.Counts,
                    Fraction = commit.Fraction,
                    Context = _context ?? _step.Context,
                    UpdatedAt = _committedAt,
                };
                _lastCommit = null;
            }

            return _step;
        }

        set
        {
            _step = value;
            _lastCommit = null;
        }
    }

    public DateTimeOffset LeaseExpiresAt { get; set; }

    /// <summary>How many nodes in a row died with it before a chunk was committed.</summary>
    public int LostCount { get; set; }

    public JobExecutionId JobExecutionId => _step.JobExecutionId;

    public long CommitCount => (_lastCommit?.Counts ?? _step.Counts).Commits;

    // Read for each commit, and never changed by one.
    public bool IsHeld(long fence) => _step.Status.IsRunning && _step.Fence == fence;

    public bool IsOneOf(IReadOnlyCollection<HeldPartition> partitions) => partitions.Contains(new(Step.Id, Step.Fence));

    public void Note(ChunkCommit commit, DateTimeOffset now)
    {
        _lastCommit = commit;
        _context = commit.Context ?? _context;
        _committedAt = now;
        LostCount = 0;
        LeaseExpiresAt = now + commit.LeaseDuration;
    }
}
