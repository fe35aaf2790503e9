using Clutch.Launching;
using Clutch.Repository;
using Polly;
using Polly.Retry;

namespace Clutch.Scheduling.Firings;

/// <summary>Tries calls of the job repository again while its database is away, as long as a running job would.</summary>
internal sealed class RepositoryPatience
{
    private readonly IJobRepository _repository;
    private readonly ResiliencePipeline _retry;

    public RepositoryPatience(IJobRepository repository, ClutchOptions options, TimeProvider timeProvider)
    {
        _repository = repository;
        var retry = options.RepositoryRetry;
        _retry = retry.Attempts == 1 ? ResiliencePipeline.Empty : new ResiliencePipelineBuilder { TimeProvider = timeProvider }
            .AddRetry(new RetryStrategyOptions
            {
                MaxRetryAttempts = retry.Attempts - 1,
                BackoffType = DelayBackoffType.Exponential,
                Delay = retry.Delay,
                MaxDelay = retry.MaxDelay,
                UseJitter = retry.UseJitter,
                ShouldHandle = arguments => new(arguments.Outcome.Exception is { } fault && IsTransient(fault)),
            })
            .Build();
    }

    public async Task<T> RunAsync<T>(Func<CancellationToken, Task<T>> call, CancellationToken cancellationToken) =>
        await _retry.ExecuteAsync(async token => await call(token), cancellationToken);

    public bool IsTransient(Exception fault) => fault is TimeoutException || _repository.ChunkStore.IsTransient(fault) || (fault.InnerException is { } inner && IsTransient(inner));
}
