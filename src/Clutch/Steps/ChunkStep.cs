using System.Runtime.ExceptionServices;
using System.Text.Json.Serialization.Metadata;
using Clutch.Executions;
using Clutch.Items;
using Clutch.Repository;
using Clutch.Telemetry;
using Microsoft.Extensions.DependencyInjection;

namespace Clutch.Steps;

/// <summary>A step that reads, processes and writes in chunks.</summary>
internal sealed class ChunkStep<TIn, TOut> : StepDefinition
{
    public required Func<StepContext, IItemReader<TIn>> Reader { get; init; }

    /// <summary>Called once per step execution; what it answers is called once per chunk in flight.</summary>
    public required Func<StepContext, Func<FaultPolicy, Action, ProcessingLine<TIn, TOut>>> Line { get; init; }

    public required Func<StepContext, IItemWriter<TOut>> Writer { get; init; }

    public required ChunkOptions Options { get; init; }

    public Func<JsonTypeInfo<TIn>>? ItemType { get; init; }

    /// <summary>Reads dead letters instead of records, in an execution that is not the step's own.</summary>
    private bool IsRedrive { get; init; }

    public override bool WorksInChunks => true;

    public override StepDefinition ForRedrive()
    {
        if (ItemType is null)
            throw new InvalidOperationException($"Step '{Name}' cannot run dead letters again, for it does not describe its items. Add ItemType(...) with their JSON type information.");
        if (Options.Target is not null)
            throw new InvalidOperationException($"Step '{Name}' commits to the database '{Options.Target}'; its dead letters lie in the job repository and cannot be run again in one transaction with it.");
        return new ChunkStep<TIn, TOut>
        {
            Name = Name,
            Reader = _ => new RedriveReader<TIn>(ItemType()),
            Line = Line,
            Writer = Writer,
            // What fails again stays open; it must not keep the letters behind it from their turn.
            Options = Options with { Skip = new() { Rules = [new(typeof(Exception))] } },
            ItemType = ItemType,
            IsRedrive = true,
        };
    }

    public override Exception? FindFault(StepCounts counts) => Options.Skip.FindShareFault(Name, counts, isEnd: true);

    public override async Task<StepOutcome> RunAsync(StepRun run)
    {
        try
        {
            return await new Execution(this, IsRedrive ? await InInstanceAsync(run) : run).RunAsync();
        }
        catch (Exception fault)
        {
            return EndFor(fault, run);
        }
    }

    /// <summary>The surroundings that the letters' items had: processors and writer find the parameters and the job context of the instance that left them.</summary>
    private static async Task<StepRun> InInstanceAsync(StepRun run)
    {
        var instance = new JobInstanceId(run.Context.Parameters.Get<long>(RedriveReader<TIn>.InstanceParameter));
        var latest = await run.Repository.ListExecutionsAsync(new() { InstanceId = instance, Limit = 1 }, run.Aborted);
        return latest.Count > 0
            ? run.ForRedrive(latest[0])
            : throw new InvalidOperationException($"Job instance {instance} is not in the repository any more: it was deleted with its dead letters, and nothing is left to run again.");
    }

    private IChunkStore StoreFor(StepRun run) => Options.Target is null
        ? run.Repository.Inner.ChunkStore
        : run.Context.Services.GetKeyedService<IChunkStore>(Options.Target) ?? throw new InvalidOperationException(
            $"Step '{Name}' commits to the database '{Options.Target}', which is not registered. Register it with its store, under that name.");

    /// <summary>One execution of the step.</summary>
    private sealed class Execution(ChunkStep<TIn, TOut> step, StepRun run)
    {
        private readonly IChunkStore _store = step.StoreFor(run);
        private FaultPolicy _policy = null!;
        private ChunkTally _tally = null!;
        private StepCounts _earlier;

        public async Task<StepOutcome> RunAsync()
        {
            var options = step.Options;
            _policy = new(options.Retry, options.Skip, options.TransientRules, _store.IsTransient, run.Context.TimeProvider);
            _tally = NewTally(run.Earlier, run.Execution.Counts);
            try
            {
                await RunToEndAsync();
            }
            catch (Exception fault)
            {
                _tally.Leave();
                return Ended(EndFor(fault, run));
            }

            return Ended(StepOutcome.For(BatchStatus.Completed, run.Context));
        }

        // A failed step shows what its last chunk had read and tolerated; a stopped one has no failed chunk.
        private StepOutcome Ended(StepOutcome outcome) => outcome.Status is BatchStatus.Failed
            ? outcome with { Counts = _tally.Total, Uncommitted = _tally.Uncommitted }
            : outcome with { Counts = _tally.Committed };

        private async Task RunToEndAsync()
        {
            await using var session = await OpenSessionAsync();
            var start = session.LastCommitted?.Checkpoint ?? run.Execution.Checkpoint;
            run.Context.State.TakeUp(session.LastCommitted?.Context);
            var own = session.LastCommitted?.OwnCounts ?? run.Execution.Counts;
            _earlier = session.LastCommitted is { } known ? known.Counts.Minus(own) : run.Earlier;
            _tally = NewTally(_earlier, own);
            var writer = step.Writer(run.Context);
            if (step.IsRedrive && writer is ICheckpointedWriter)
                throw new InvalidOperationException($"Step '{step.Name}' writes to an output that is published already; its dead letters cannot be added to it.");
            await UsingAsync(writer, () => WriteAllAsync(writer, session, start));
        }

        private async Task WriteAllAsync(IItemWriter<TOut> writer, IChunkSession session, StepCheckpoint? start)
        {
            if (writer is ICheckpointedWriter output)
                await output.OpenAsync(start?.Output, run.Context, run.Stopping);
            var committer = new ChunkCommitter<TIn, TOut>(writer, session, _policy, _tally, new(run, step.ItemType), run)
            {
                Checkpoint = start,
                Fraction = run.Execution.Fraction,
            };
            await MoveAllAsync(committer);
            // Partitions are judged together, when the last of them has ended.
            if (run.Skipped is null)
                _tally.CheckShare(isEnd: true);
            await PublishAsync(writer);
        }

        // A partition that was claimed from a dead worker goes on with the counters that its row has.
        private ChunkTally NewTally(StepCounts earlier, StepCounts own) =>
            new(run.Context.StepName, own, step.Options.Skip, run.Skipped ?? new(earlier + own));

        private async Task<IChunkSession> OpenSessionAsync() =>
            await _policy.CreateRetry(_tally.CountRetry).ExecuteAsync(token => _store.OpenAsync(run.Execution, run.IsResumed, token), run.Stopping);

        private async Task MoveAllAsync(ChunkCommitter<TIn, TOut> committer)
        {
            var slots = CreateSlots();
            try
            {
                var fault = await MoveOnAsync(committer, slots, known: null);
                while (fault is not null)
                    fault = await MoveOnAsync(committer, slots, fault);
            }
            catch (ReaderException fault)
            {
                ExceptionDispatchInfo.Throw(fault.InnerException!);
            }
        }

        /// <summary>Runs the pipeline; a transient fault of the reader opens it anew at the last committed checkpoint, until its attempts are used up.</summary>
        /// <returns>The fault, where chunks were committed before it: that is a new beginning, for only a reader that stands still uses up its attempts.</returns>
        private async Task<ReaderException?> MoveOnAsync(ChunkCommitter<TIn, TOut> committer, IReadOnlyList<ChunkSlot<TIn, TOut>> slots, ReaderException? known) =>
            await _policy.CreateRetry(_tally.CountRetry).ExecuteAsync(
                async _ =>
                {
                    // The failure that ended the progress is the first attempt at this place.
                    if (Interlocked.Exchange(ref known, null) is { } first)
                        throw first;
                    var commitsBefore = _tally.Committed.Commits;
                    try
                    {
                        await MoveAsync(committer, slots);
                        return null;
                    }
                    catch (ReaderException fault) when (_tally.Committed.Commits > commitsBefore && _policy.Retry.Attempts > 1)
                    {
                        run.Logger.ReaderReopened(run.Context.StepName, run.Context.JobExecutionId.Value);
                        return fault;
                    }
                },
                run.Stopping);

        private async Task MoveAsync(ChunkCommitter<TIn, TOut> committer, IReadOnlyList<ChunkSlot<TIn, TOut>> slots)
        {
            using var ending = CancellationTokenSource.CreateLinkedTokenSource(run.Stopping, run.Aborted);
            var reader = await OpenReaderAsync(committer.Checkpoint?.Input, ending.Token);
            var pipeline = new ChunkPipeline<TIn, TOut>(reader, slots, step.Options.Concurrency, run);
            var records = _earlier + _tally.Committed;
            await UsingAsync(reader, () => pipeline.RunAsync(slot => CommitAsync(committer, slot), records.Read + records.ReadSkipped + 1));
        }

        private async Task<IItemReader<TIn>> OpenReaderAsync(Checkpoint? checkpoint, CancellationToken cancellationToken)
        {
            var reader = step.Reader(run.Context);
            try
            {
                await reader.OpenAsync(checkpoint, run.Context, cancellationToken);
                return reader;
            }
            catch (Exception fault)
            {
                await LeaveAsync(reader);
                if (_policy.IsTransient(fault))
                    throw new ReaderException(fault);
                throw;
            }
        }

        private async ValueTask CommitAsync(ChunkCommitter<TIn, TOut> committer, ChunkSlot<TIn, TOut> slot)
        {
            try
            {
                await committer.CommitAsync(slot);
            }
            catch (Exception fault)
            {
                if (!_policy.IsTransient(fault))
                    throw;
                if (slot.IsReadFault && ReferenceEquals(fault, slot.Fault!.SourceException))
                    throw new ReaderException(fault);
                // The committer has used up the attempts of this chunk; the reader's retry must not start them again.
                throw new RetriesExhaustedException("A chunk", _policy.Retry.Attempts, fault);
            }
        }

        private async Task PublishAsync(IItemWriter<TOut> writer)
        {
            run.Reach(FaultPoint.WhileClosing);
            run.Aborted.ThrowIfCancellationRequested();
            if (writer is ICheckpointedWriter output)
                await output.CompleteAsync(run.Aborted);
            run.Reach(FaultPoint.AfterPublish);
        }

        /// <summary>Does the work, then disposes what it used, and tells why the work failed, not why what is left of it cannot be tidied up.</summary>
        private async Task UsingAsync(object used, Func<Task> work)
        {
            try
            {
                await work();
            }
            catch
            {
                await LeaveAsync(used);
                throw;
            }

            await DisposeAsync(used);
        }

        private async ValueTask LeaveAsync(object used)
        {
            try
            {
                await DisposeAsync(used);
            }
            catch (Exception fault)
            {
                run.Logger.DisposalFailed(used.GetType().Name, run.Context.StepName, run.Context.JobExecutionId.Value, fault);
            }
        }

        private static async ValueTask DisposeAsync(object used)
        {
            if (used is IAsyncDisposable asynchronous)
                await asynchronous.DisposeAsync();
            else if (used is IDisposable disposable)
                disposable.Dispose();
        }

        private List<ChunkSlot<TIn, TOut>> CreateSlots()
        {
            var createLine = step.Line(run.Context);
            var count = step.Options.Concurrency + step.Options.ReadAhead;
            return [.. Enumerable.Range(0, count).Select(_ => new ChunkSlot<TIn, TOut>(step.Options.ChunkSize, createLine(_policy, _tally.CountRetry)))];
        }
    }

    /// <summary>A transient fault of the reader: the step goes on from its last checkpoint with a new one.</summary>
    private sealed class ReaderException(Exception fault) : Exception(fault.Message, fault);
}
