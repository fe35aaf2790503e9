using System.Reflection;
using Clutch.Repository;
using Microsoft.Extensions.DependencyInjection;

namespace Clutch.Server.Tests.Schedules;

/// <summary>A job repository whose database is away for its first launches.</summary>
public class FaultyRepository : DispatchProxy
{
    private IJobRepository? _inner;
    private Plan? _plan;

    public static void Decorate(IServiceCollection services, Plan plan)
    {
        var known = services.Last(service => service.ServiceType == typeof(IJobRepository));
        services.AddSingleton(provider =>
        {
            var proxy = Create<IJobRepository, FaultyRepository>();
            var faulty = (FaultyRepository)(object)proxy;
            (faulty._inner, faulty._plan) = ((IJobRepository)known.ImplementationFactory!(provider), plan);
            return proxy;
        });
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        ArgumentNullException.ThrowIfNull(targetMethod);
        if (targetMethod.Name == nameof(IJobRepository.LaunchAsync) && _plan!.IsAway())
            throw new TimeoutException("The database is away.");
        return targetMethod.Invoke(_inner, BindingFlags.DoNotWrapExceptions, binder: null, args, culture: null);
    }

    /// <summary>How often it is away.</summary>
    public sealed class Plan
    {
        private int _launchCount;

        /// <summary>How many launches fail.</summary>
        public required int LaunchFaults { get; init; }

        public bool IsAway() => Interlocked.Increment(ref _launchCount) <= LaunchFaults;
    }
}
