using System.Collections.Concurrent;
using System.Reflection;
using Clutch.Repository;

namespace Clutch.Server.Tests.Schedules;

/// <summary>A job repository that notes when it was asked to recover executions.</summary>
public class RecordingRepository : DispatchProxy
{
    private IJobRepository? _inner;
    private TimeProvider? _clock;
    private ConcurrentQueue<DateTimeOffset>? _recoveries;

    public static IJobRepository Over(IJobRepository inner, TimeProvider clock, ConcurrentQueue<DateTimeOffset> recoveries)
    {
        var proxy = Create<IJobRepository, RecordingRepository>();
        var recording = (RecordingRepository)(object)proxy;
        (recording._inner, recording._clock, recording._recoveries) = (inner, clock, recoveries);
        return proxy;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        ArgumentNullException.ThrowIfNull(targetMethod);
        if (targetMethod.Name == nameof(IJobRepository.RecoverAsync))
            _recoveries!.Enqueue(_clock!.GetUtcNow());
        return targetMethod.Invoke(_inner, BindingFlags.DoNotWrapExceptions, binder: null, args, culture: null);
    }
}
