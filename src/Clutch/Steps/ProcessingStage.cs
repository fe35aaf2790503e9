using System.Runtime.ExceptionServices;
using Clutch.Items;
using Polly;

namespace Clutch.Steps;

/// <summary>One processor at work on one chunk: tries failed items again, and finds the failing one by halving where the processor only throws.</summary>
internal sealed class ProcessingStage<TIn, TOut> : ProcessingLine<TIn, TOut>
{
    private readonly IItemProcessor<TIn, TOut> _processor;
    private readonly FaultPolicy _policy;
    private readonly Action _onRetry;
    private readonly ItemBatch<TIn, TOut> _batch = new();

    public ProcessingStage(IItemProcessor<TIn, TOut> processor, FaultPolicy policy, Action onRetry)
    {
        _processor = processor;
        _policy = policy;
        _onRetry = onRetry;
    }

    private ResiliencePipeline<bool> RetryPipeline => field ??= _policy.CreateRetryPipeline(_onRetry);

    public override async ValueTask RunAsync(ReadOnlyMemory<TIn> items, ProcessedChunk<TOut> result, CancellationToken cancellationToken)
    {
        if (items.IsEmpty)
        {
            result.SetOneToOne(ReadOnlyMemory<TOut>.Empty);
            return;
        }

        _batch.Reset(items.Span);
        var thrown = await CallAsync(cancellationToken);
        if (thrown is null && _batch.IsOneToOne)
            result.SetOneToOne(_batch.OutputMemory);
        else
            await new Salvage(this, items).RunAsync(thrown, result, cancellationToken);
    }

    public override void Clear() => _batch.Clear();

    /// <summary>Runs the processor over the batch; an exception that may be retried or skipped is the answer, any other is thrown.</summary>
    private async ValueTask<Exception?> CallAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _processor.ProcessAsync(_batch, cancellationToken);
        }
        catch (Exception fault)
        {
            // Not in a filter, which would swallow what a rule of the step throws.
            if (!_policy.IsTransient(fault) && !_policy.CanSkip(fault))
                throw;
            return fault;
        }

        if (!_batch.IsAnswered)
            throw Unanswered();
        return null;
    }

    private InvalidOperationException Unanswered()
    {
        var index = Enumerable.Range(0, _batch.Count).First(i => !_batch.HasOutcome(i));
        return new($"The processor '{_processor.GetType().Name}' left item {index} of {_batch.Count} without an outcome. Keep, filter or fail every item of the batch.");
    }

    /// <summary>Gathers the outcomes of a chunk over several calls of the processor.</summary>
    private sealed class Salvage(ProcessingStage<TIn, TOut> stage, ReadOnlyMemory<TIn> items)
    {
        private readonly List<(int Source, TOut Output)> _outputs = [];
        private readonly Dictionary<int, Exception> _faults = [];

        public async ValueTask RunAsync(Exception? thrown, ProcessedChunk<TOut> result, CancellationToken cancellationToken)
        {
            var all = Enumerable.Range(0, items.Length).ToArray();
            await SettleAsync(all, new FirstCall(thrown), cancellationToken);
            var sorted = _outputs.OrderBy(output => output.Source).ToList();
            result.Set(
                sorted.ConvertAll(output => output.Output).ToArray(),
                sorted.ConvertAll(output => output.Source).ToArray(),
                sorted.Count,
                items.Length,
                _faults.Select(fault => new ItemFault(fault.Key, fault.Value)));
        }

        /// <summary>Tries again what is transient; what still fails is skipped, halved, or thrown.</summary>
        private async ValueTask SettleAsync(int[] group, FirstCall? first, CancellationToken cancellationToken)
        {
            Exception? thrown = null;
            var aside = new List<(int[] Group, Exception Thrown)>();
            await stage.RetryPipeline.ExecuteAsync(
                async token =>
                {
                    thrown = first is null ? await CallAsync(group, token) : first.Thrown;
                    first = null;
                    group = Collect(group, thrown);
                    if (thrown is not null && !stage._policy.IsTransient(thrown))
                        group = SetAside(group, thrown, aside);
                    return group.Length > 0;
                },
                cancellationToken);
            if (group.Length > 0)
                await SettleFailedAsync(group, thrown, cancellationToken);
            foreach (var (rest, fault) in aside)
                await SettleFailedAsync(rest, fault, cancellationToken);
        }

        /// <summary>What the call threw is no reason to try again those it gave no outcome; answers the others, which it marked as worth another try.</summary>
        private int[] SetAside(int[] group, Exception thrown, List<(int[] Group, Exception Thrown)> aside)
        {
            aside.Add((Array.FindAll(group, index => !_faults.ContainsKey(index)), thrown));
            return Array.FindAll(group, _faults.ContainsKey);
        }

        private async ValueTask<Exception?> CallAsync(int[] group, CancellationToken cancellationToken)
        {
            stage._batch.Reset(Array.ConvertAll(group, index => items.Span[index]));
            return await stage.CallAsync(cancellationToken);
        }

        /// <summary>Takes the outcomes of the last call; answers the items that are worth another one.</summary>
        private int[] Collect(int[] group, Exception? thrown)
        {
            var batch = stage._batch;
            for (var i = 0; i < batch.OutputCount; i++)
                _outputs.Add((group[batch.Sources[i]], batch.Outputs[i]));
            foreach (var index in group)
                _faults.Remove(index);
            foreach (var fault in batch.Faults)
                Note(group[fault.Index], fault.Fault);
            return [.. group.Where((index, i) => _faults.TryGetValue(index, out var fault) ? stage._policy.IsTransient(fault) : thrown is not null && !batch.HasOutcome(i))];
        }

        private void Note(int index, Exception fault)
        {
            if (!stage._policy.IsTransient(fault))
                Tolerate(fault);
            _faults.Add(index, fault);
        }

        /// <summary>Items that were marked are known; a call that threw does not say for which item, so it is halved.</summary>
        private async ValueTask SettleFailedAsync(int[] group, Exception? thrown, CancellationToken cancellationToken)
        {
            foreach (var index in group)
                Tolerate(_faults.GetValueOrDefault(index) ?? thrown!);
            var unknown = group.Where(index => !_faults.ContainsKey(index)).ToArray();
            if (unknown.Length == 1)
                _faults.Add(unknown[0], thrown!);
            if (unknown.Length <= 1)
                return;
            await SettleAsync(unknown[..(unknown.Length / 2)], first: null, cancellationToken);
            await SettleAsync(unknown[(unknown.Length / 2)..], first: null, cancellationToken);
        }

        private void Tolerate(Exception fault)
        {
            if (!stage._policy.CanSkip(fault))
                ExceptionDispatchInfo.Throw(fault);
        }

        /// <summary>The call that found the trouble was made already: it counts as the first attempt.</summary>
        private sealed record FirstCall(Exception? Thrown);
    }
}
