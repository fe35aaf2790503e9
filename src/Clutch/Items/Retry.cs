using System.Runtime.ExceptionServices;
using Polly;
using Polly.Retry;

namespace Clutch.Items;

/// <summary>Tries work again while it throws transient faults.</summary>
/// <remarks>The first attempt is made without a pipeline: most work needs no second one, and making a pipeline takes a tiny job a part of its time (docs/decisions/0002-polly-in-the-engine.md).</remarks>
/// <param name="options">How often, and after which waits.</param>
/// <param name="timeProvider">The clock of the waits.</param>
/// <param name="isTransient">Whether a fault is worth another attempt.</param>
/// <param name="onRetry">Called before each further attempt; null where nobody counts.</param>
internal sealed class Retry(RetryOptions options, TimeProvider timeProvider, Func<Exception, bool> isTransient, Action? onRetry = null)
{
    private ResiliencePipeline Pipeline => field ??= CreatePipeline();

    public async ValueTask ExecuteAsync(Func<CancellationToken, ValueTask> work, CancellationToken cancellationToken) => await ExecuteAsync(
        async token =>
        {
            await work(token);
            return true;
        },
        cancellationToken);

    public async ValueTask<T> ExecuteAsync<T>(Func<CancellationToken, ValueTask<T>> work, CancellationToken cancellationToken)
    {
        if (options.Attempts == 1)
            return await work(cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
        Exception first;
        try
        {
            return await work(cancellationToken);
        }
        catch (Exception fault)
        {
            // Not in a filter, which would swallow what a rule of the step throws.
            if (!isTransient(fault))
                throw;
            first = fault;
        }

        return await TryAgainAsync(first, work, cancellationToken);
    }

    private ValueTask<T> TryAgainAsync<T>(Exception fault, Func<CancellationToken, ValueTask<T>> work, CancellationToken cancellationToken)
    {
        // What has failed is the pipeline's first attempt.
        Exception? first = fault;
        return Pipeline.ExecuteAsync(
            token =>
            {
                if (Interlocked.Exchange(ref first, null) is { } known)
                    ExceptionDispatchInfo.Throw(known);
                return work(token);
            },
            cancellationToken);
    }

    private ResiliencePipeline CreatePipeline() => new ResiliencePipelineBuilder { TimeProvider = timeProvider }
        .AddRetry(new RetryStrategyOptions
        {
            MaxRetryAttempts = options.Attempts - 1,
            BackoffType = DelayBackoffType.Exponential,
            Delay = options.Delay,
            MaxDelay = options.MaxDelay,
            UseJitter = options.UseJitter,
            ShouldHandle = arguments => new(arguments.Outcome.Exception is { } fault && isTransient(fault)),
            OnRetry = _ =>
            {
                onRetry?.Invoke();
                return default;
            },
        })
        .Build();
}
