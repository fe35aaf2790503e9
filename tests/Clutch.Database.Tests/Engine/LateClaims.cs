using System.Reflection;
using Clutch.Executions;
using Clutch.Repository;

namespace Clutch.Database.Tests.Engine;

/// <summary>A repository whose first claim is answered only after another task has looked what still runs, and claims again; and that claim only after the first partition has ended and its task has looked too.</summary>
public class LateClaims : DispatchProxy
{
    private readonly TaskCompletionSource _isFirstMade = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _isClaimedAgain = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _isWatchedAgain = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private IJobRepository? _inner;
    private int _claimCount;
    private int _watchCount;

    public IJobRepository Repository => (IJobRepository)(object)this;

    public static LateClaims Around(IJobRepository inner)
    {
        var proxy = (LateClaims)(object)Create<IJobRepository, LateClaims>();
        proxy._inner = inner;
        return proxy;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => targetMethod!.Name switch
    {
        nameof(IJobRepository.ClaimPartitionAsync) when ((PartitionClaim)args![0]!).Choice is PartitionChoice.Any => ClaimAsync((PartitionClaim)args[0]!, (CancellationToken)args[1]!),
        nameof(IJobRepository.WatchPartitionsAsync) => WatchAsync(() => (ValueTask<PartitionStand>)targetMethod.Invoke(_inner, args)!),
        _ => targetMethod.Invoke(_inner, args),
    };

    private async ValueTask<StepExecution?> ClaimAsync(PartitionClaim claim, CancellationToken cancellationToken)
    {
        var isFirst = Interlocked.Increment(ref _claimCount) == 1;
        // However slow the first is, it gets a partition: the others would run all of them.
        if (!isFirst)
            await _isFirstMade.Task.WaitAsync(cancellationToken);
        var isAgain = Volatile.Read(ref _watchCount) == 1 && _isClaimedAgain.TrySetResult();
        var partition = await _inner!.ClaimPartitionAsync(claim, cancellationToken);
        if (isFirst)
        {
            _isFirstMade.SetResult();
            await _isClaimedAgain.Task.WaitAsync(cancellationToken);
        }

        if (isAgain)
            await _isWatchedAgain.Task.WaitAsync(cancellationToken);
        return partition;
    }

    private async ValueTask<PartitionStand> WatchAsync(Func<ValueTask<PartitionStand>> watch)
    {
        var stand = await watch();
        if (Interlocked.Increment(ref _watchCount) == 2)
            _isWatchedAgain.TrySetResult();
        return stand;
    }
}
