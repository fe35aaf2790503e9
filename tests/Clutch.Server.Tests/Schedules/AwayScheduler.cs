using System.Reflection;
using Clutch.Scheduling;
using Quartz;

namespace Clutch.Server.Tests.Schedules;

/// <summary>A scheduler whose database is away for what this process writes and for some questions, once it is told so.</summary>
internal sealed class AwayScheduler
{
    private const int FailedQuestions = 3;
    private int _questions;

    public bool IsAway { get; set; }

    /// <summary>The scheduler of the factory as this process gets it.</summary>
    public SchedulerAccess Over(ISchedulerFactory factory) => new(Proxy<ISchedulerFactory>.Of(factory, (_, answer) => answer is ValueTask<IScheduler> scheduler ? WrapAsync(scheduler) : answer));

    private async ValueTask<IScheduler> WrapAsync(ValueTask<IScheduler> scheduler) => Proxy<IScheduler>.Of(await scheduler, (_, answer) => answer, Ask);

    private void Ask(string method)
    {
        if (!IsAway)
            return;
        if (method is nameof(IScheduler.AddJob) or nameof(IScheduler.DeleteJob) || (method is nameof(IScheduler.QueryFireInstances) && _questions++ < FailedQuestions))
            throw new SchedulerException("The database is away.");
    }

    private class Proxy<T> : DispatchProxy
        where T : class
    {
        private T? _inner;
        private Func<string, object?, object?>? _after;
        private Action<string>? _before;

        public static T Of(T inner, Func<string, object?, object?> after, Action<string>? before = null)
        {
            var proxy = Create<T, Proxy<T>>();
            ((Proxy<T>)(object)proxy)._inner = inner;
            ((Proxy<T>)(object)proxy)._after = after;
            ((Proxy<T>)(object)proxy)._before = before;
            return proxy;
        }

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
        {
            _before?.Invoke(targetMethod!.Name);
            return _after!(targetMethod!.Name, targetMethod.Invoke(_inner, BindingFlags.DoNotWrapExceptions, binder: null, args, culture: null));
        }
    }
}
