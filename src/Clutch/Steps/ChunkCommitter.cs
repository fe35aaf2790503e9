using System.Runtime.ExceptionServices;
using Clutch.Executions;
using Clutch.Items;
using Clutch.Repository;
using Clutch.Telemetry;

namespace Clutch.Steps;

/// <summary>Writes chunks and commits each with its checkpoint, dead letters and counters in one transaction.</summary>
internal sealed class ChunkCommitter<TIn, TOut>
{
    private readonly ICheckpointedWriter? _output;
    private readonly IChunkSession _session;
    private readonly FaultPolicy _policy;
    private readonly ChunkTally _tally;
    private readonly DeadLetterWriter<TIn> _letters;
    private readonly ChunkWriting<TIn, TOut> _writing;
    private readonly StepRun _run;
    private readonly Retry _retry;
    private readonly HashSet<long> _announced = [];
    private ChunkCommit? _uncertain;
    private StepCheckpoint? _pending;
    private ContextValues.Changes _changes;
    private bool _isStopHeard;

    public ChunkCommitter(IItemWriter<TOut> writer, IChunkSession session, FaultPolicy policy, ChunkTally tally, DeadLetterWriter<TIn> letters, StepRun run)
    {
        _output = writer as ICheckpointedWriter;
        _session = session;
        _policy = policy;
        _tally = tally;
        _letters = letters;
        _run = run;
        _writing = new(writer, policy, tally, letters, run);
        _retry = policy.CreateRetry(tally.CountRetry);
    }

    /// <summary>The checkpoint after the last committed chunk, or null before the first.</summary>
    public StepCheckpoint? Checkpoint { get; set; }

    public double? Fraction { get; set; }

    /// <summary>Writes and commits the chunk, trying again after transient faults, each time in a new transaction.</summary>
    public async ValueTask CommitAsync(ChunkSlot<TIn, TOut> slot)
    {
        _tally.BeginChunk(slot.Read.Count);
        _announced.Clear();
        try
        {
            CollectSkips(slot);
        }
        catch (Exception) when (!_run.Aborted.IsCancellationRequested)
        {
            _tally.CountRollback();
            throw;
        }

        _writing.Begin();
        var attempt = 0;
        try
        {
            await _retry.ExecuteAsync(_ => AttemptAsync(slot, ++attempt), _run.Stopping);
        }
        catch (Exception fault) when (_uncertain is not null)
        {
            await ResolveUncertainCommitAsync(fault);
        }

        await NoteAsync(slot);
    }

    /// <summary>Items that were skipped before the writer's turn, in the order in which they were read; throws where the chunk cannot be written.</summary>
    private void CollectSkips(ChunkSlot<TIn, TOut> slot)
    {
        foreach (var reject in slot.Read.Rejects)
        {
            if (!_policy.CanSkip(reject.Fault))
                throw new RejectedRecordException(reject);
            _tally.Skip(_letters.For(reject), reject.Fault);
        }

        slot.Fault?.Throw();
        foreach (var fault in slot.Output.Faults)
            _tally.Skip(_letters.For(SkipPhase.Process, slot.Read, fault.Index, fault.Fault), fault.Fault);
    }

    /// <summary>One attempt in one transaction.</summary>
    private async ValueTask AttemptAsync(ChunkSlot<TIn, TOut> slot, int attempt)
    {
        if (_uncertain is not null && await WasCommittedAsync())
            return;
        // Where the writer failed on an item that may be skipped, the second transaction looks for it behind savepoints.
        if (!await TryAttemptAsync(slot, attempt))
            await TryAttemptAsync(slot, attempt);
    }

    /// <summary>Returns if the chunk is in after all. Counters must not be recorded while that is unknown, so then everything is left to recovery.</summary>
    private async ValueTask ResolveUncertainCommitAsync(Exception fault)
    {
        bool isIn;
        try
        {
            isIn = await WasCommittedAsync();
        }
        catch (ChunkNotRecordedException)
        {
            _uncertain = null;
            _tally.LeaveToCatchUp();
            throw;
        }
        catch (Exception)
        {
            throw new LeaseLostException($"Whether the last chunk of step '{_run.Context.StepName}' was committed is unknown, for the database does not answer: {fault.Message}");
        }

        if (!isIn)
            ExceptionDispatchInfo.Throw(fault);
    }

    // The answer to a commit can be lost with the connection. The store knows whether the chunk is in: writing it again would double it,
    // and cutting an output back would lose it.
    private async ValueTask<bool> WasCommittedAsync()
    {
        var isIn = await _session.HasCommittedAsync(_uncertain!, _run.Aborted);
        _uncertain = null;
        if (!isIn)
            await NoteRollbackAsync();
        return isIn;
    }

    private async ValueTask<bool> TryAttemptAsync(ChunkSlot<TIn, TOut> slot, int attempt)
    {
        _tally.BeginAttempt();
        _changes = _run.Context.State.Record();
        await using var transaction = await _session.BeginAsync(_run.Aborted);
        try
        {
            _run.Reach(FaultPoint.BeforeWrite);
            var chunk = new ChunkContext { Step = _run.Context, Number = _tally.Committed.Commits + 1, Attempt = attempt, Transaction = transaction };
            await _writing.WriteAsync(slot, chunk, _run.Aborted);
            _run.Reach(FaultPoint.AfterWrite);
            _tally.CheckShare(isEnd: false);
            await AnnounceSkipsAsync();
            await CheckLimitAsync(transaction);
            await MarkRedrivenAsync(slot, transaction);
            await CommitAsync(slot, transaction);
            return true;
        }
        catch (Exception fault)
        {
            await RollBackAsync(transaction, fault);
            if (_uncertain is not null)
                throw;
            await NoteRollbackAsync();
            if (!_writing.BeginIsolation(fault, attempt))
                throw;
            return false;
        }
    }

    /// <summary>Processes that share a step share its skip limit: the count is held up to this chunk's commit.</summary>
    private async ValueTask CheckLimitAsync(ICommittableChunk transaction)
    {
        if (_tally.IsLimitShared)
            _tally.CheckLimit(await _run.Repository.Inner.CountSkipsAsync(_run.Context.InstanceId, _run.Context.StepName, transaction, _run.Aborted));
    }

    /// <summary>Letters whose items failed again stay open; the others are done when the chunk commits.</summary>
    private async ValueTask MarkRedrivenAsync(ChunkSlot<TIn, TOut> slot, ICommittableChunk transaction)
    {
        if (slot.Read.Letters.Count == 0)
            return;
        var failed = _tally.DeadLetters.Select(letter => letter.Ordinal).ToHashSet();
        var done = slot.Read.Letters.Where((_, index) => !failed.Contains(slot.Read.OrdinalOf(index))).ToList();
        if (done.Count > 0)
            await _run.Repository.Inner.MarkRedrivenAsync(done, transaction, _run.Aborted);
    }

    /// <summary>Tells of each skip once, however often the chunk is written.</summary>
    private async ValueTask AnnounceSkipsAsync()
    {
        if (_tally.DeadLetters.Count == 0)
            return;
        // What a listener keeps stays when the attempt is rolled back, for it does not hear of the item again.
        _run.Context.State.LeaveUnrecorded();
        foreach (var letter in _tally.DeadLetters)
        {
            if (_announced.Contains(letter.Ordinal))
                continue;
            await TellAsync("OnSkipAsync", listener => listener.OnSkipAsync(_run.Context, letter, _run.Aborted));
            _announced.Add(letter.Ordinal);
        }
    }

    /// <summary>Calls each listener. What one throws ends the step: it must not pass for a fault of the chunk that is worth another try.</summary>
    private async ValueTask TellAsync(string call, Func<IBatchListener, ValueTask> tell)
    {
        try
        {
            foreach (var listener in _run.Listeners)
                await tell(listener);
        }
        catch (Exception fault)
        {
            if (_policy.IsTransient(fault))
                throw new ListenerFailedException(call, fault);
            throw;
        }
    }

    private async ValueTask CommitAsync(ChunkSlot<TIn, TOut> slot, ICommittableChunk transaction)
    {
        var context = _run.Context.State.Pending;
        var commit = new ChunkCommit
        {
            StepExecutionId = _run.Execution.Id,
            Fence = _run.Execution.Fence,
            Checkpoint = _pending = new(slot.Read.Checkpoint ?? Checkpoint?.Input, _output is null ? null : await _output.FlushAsync(_run.Aborted)),
            Counts = _tally.WithChunk(_writing.WrittenCount, slot.Output.FilteredCount),
            Fraction = slot.Read.Fraction,
            Context = context?.Json,
            DeadLetters = _run.IsRedrive ? [] : _tally.DeadLetters,
            LeaseDuration = _run.LeaseDuration,
        };
        _uncertain = commit;
        var answer = await transaction.CommitAsync(commit, _run.Aborted);
        _run.Reach(FaultPoint.AfterCommit);
        _uncertain = null;
        if (answer is LeaseAnswer.Lost)
            throw new LeaseLostException($"The lease of step execution {_run.Execution.Id} went to another owner; nothing of this chunk was committed.");
        _isStopHeard = answer is LeaseAnswer.HeldStopRequested;
        if (context is { } stored)
            _run.Context.State.MarkStored(stored.Version);
    }

    /// <summary>The chunk is in: takes over its checkpoint and counters and tells those who watch.</summary>
    private async ValueTask NoteAsync(ChunkSlot<TIn, TOut> slot)
    {
        Checkpoint = _pending;
        Fraction = slot.Read.Fraction;
        var before = _tally.Committed;
        _tally.EndChunk(_tally.WithChunk(_writing.WrittenCount, slot.Output.FilteredCount));
        ClutchMetrics.ChunkCommitted(_run.Context, before, _tally.Committed);
        _run.Progress.Report(_tally.Committed, Fraction);
        // Who hears of the stop may throw, and what is committed must not be taken for rolled back then.
        if (_isStopHeard)
            _run.RequestStop();
        _run.Logger.ChunkCommitted(_tally.Committed.Commits, _run.Context.StepName, _run.Context.JobExecutionId.Value, _writing.WrittenCount);
        if (_run.Listeners.Count > 0)
            await TellAsync("AfterChunkAsync", listener => listener.AfterChunkAsync(_run.Context, _tally.Committed, _run.Aborted));
    }

    private async ValueTask RollBackAsync(ICommittableChunk transaction, Exception cause)
    {
        try
        {
            await transaction.RollbackAsync(CancellationToken.None);
        }
        catch (Exception fault)
        {
            // A broken connection cannot roll back; the database does it by itself. The cause is what counts.
            _run.Logger.RollbackFailed(_run.Context.StepName, _run.Context.JobExecutionId.Value, cause.Message, fault);
        }
    }

    private async ValueTask NoteRollbackAsync()
    {
        _tally.CountRollback();
        _changes.Undo();
        if (_output is not null)
            await _output.RollbackAsync(Checkpoint?.Output, CancellationToken.None);
    }
}

/// <summary>A record could not be read and no rule allows to skip it.</summary>
internal sealed class RejectedRecordException(ReadReject reject)
    : Exception($"Record {reject.Ordinal}{(reject.Location is null ? string.Empty : $" ({reject.Location})")} could not be read: {reject.Fault.Message}", reject.Fault);
