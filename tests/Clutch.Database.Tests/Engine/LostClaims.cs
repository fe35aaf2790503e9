using System.Collections.Concurrent;
using System.Reflection;
using Clutch.Executions;
using Clutch.Repository;

namespace Clutch.Database.Tests.Engine;

/// <summary>A repository whose connection breaks after a claim has committed: the first answers never come. The leases of those claims run out at once, and no more is handed out before the next renewal.</summary>
/// <remarks>So what is handed out next tells whether that renewal kept the lost ones alive, however slow the machine is.</remarks>
public class LostClaims : DispatchProxy
{
    private readonly TaskCompletionSource _renewed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<StepExecution?> _next = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ConcurrentBag<StepExecutionId> _lost = [];
    private EngineStore? _store;
    private int _left;
    private int _unanswered;
    private volatile bool _isExpired;
    private int _isAsked;

    public IJobRepository Repository => (IJobRepository)(object)this;

    private IJobRepository Inner => _store!.Repository;

    public static LostClaims Around(EngineStore store, int count)
    {
        var proxy = (LostClaims)(object)Create<IJobRepository, LostClaims>();
        (proxy._store, proxy._left, proxy._unanswered) = (store, count, count);
        return proxy;
    }

    /// <summary>Asserts that the first partition which is handed out after a renewal is one of those whose claim was not answered.</summary>
    public async Task AssertHandedOutAgainAsync()
    {
        var partition = await _next.Task.WaitAsync(TimeSpan.FromSeconds(120), TimeProvider.System);
        Assert.NotNull(partition);
        Assert.Contains(partition.Id, _lost);
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => targetMethod!.Name switch
    {
        nameof(IJobRepository.ClaimPartitionAsync) => ClaimAsync((PartitionClaim)args![0]!, (CancellationToken)args[1]!),
        nameof(IJobRepository.RenewLeaseAsync) or nameof(IJobRepository.RenewPartitionsAsync) => RenewAsync(_isExpired, () => (ValueTask<LeaseAnswer>)targetMethod.Invoke(Inner, args)!),
        _ => targetMethod.Invoke(Inner, args),
    };

    private async ValueTask<StepExecution?> ClaimAsync(PartitionClaim claim, CancellationToken cancellationToken)
    {
        if (claim.Choice is PartitionChoice.Any && Interlocked.Decrement(ref _left) >= 0)
            return await LoseAsync(claim, cancellationToken);
        await _renewed.Task.WaitAsync(cancellationToken);
        if (Interlocked.Exchange(ref _isAsked, 1) == 1)
            await _next.Task.WaitAsync(cancellationToken);
        var partition = await Inner.ClaimPartitionAsync(claim, cancellationToken);
        _next.TrySetResult(partition);
        return partition;
    }

    private async Task<StepExecution?> LoseAsync(PartitionClaim claim, CancellationToken cancellationToken)
    {
        var partition = await Inner.ClaimPartitionAsync(claim, cancellationToken) ?? throw new InvalidOperationException("There was nothing to claim, so nothing to lose.");
        _lost.Add(partition.Id);
        if (Interlocked.Decrement(ref _unanswered) == 0)
        {
            await _store!.ExpireLeasesAsync(claim.JobExecutionId);
            _isExpired = true;
        }

        throw new TimeoutException("The connection broke before the answer came.");
    }

    private async ValueTask<LeaseAnswer> RenewAsync(bool isAfter, Func<ValueTask<LeaseAnswer>> renew)
    {
        var answer = await renew();
        if (isAfter)
            _renewed.TrySetResult();
        return answer;
    }
}
