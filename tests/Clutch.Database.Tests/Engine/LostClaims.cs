using System.Reflection;
using Clutch.Executions;
using Clutch.Repository;

namespace Clutch.Database.Tests.Engine;

/// <summary>A repository whose connection breaks after a claim has committed: the first answers never come.</summary>
public class LostClaims : DispatchProxy
{
    private IJobRepository? _inner;
    private int _left;

    /// <summary>How many claims were committed without an answer.</summary>
    public int LostCount { get; private set; }

    public IJobRepository Repository => (IJobRepository)(object)this;

    public static LostClaims Around(IJobRepository inner, int count)
    {
        var proxy = (LostClaims)(object)Create<IJobRepository, LostClaims>();
        (proxy._inner, proxy._left) = (inner, count);
        return proxy;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        var answer = targetMethod!.Invoke(_inner, args);
        return answer is ValueTask<StepExecution?> claim && targetMethod.Name == nameof(IJobRepository.ClaimPartitionAsync) ? LoseAsync(claim) : answer;
    }

    private async ValueTask<StepExecution?> LoseAsync(ValueTask<StepExecution?> claim)
    {
        var partition = await claim;
        if (partition is null || Interlocked.Decrement(ref _left) < 0)
            return partition;
        LostCount++;
        throw new TimeoutException("The connection broke before the answer came.");
    }
}
