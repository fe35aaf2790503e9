using Clutch.Jobs;
using Clutch.Launching;
using Clutch.Steps;
using Microsoft.Extensions.DependencyInjection;

namespace Clutch.Hosting;

/// <summary>Adds jobs and their surroundings to an application.</summary>
public sealed class ClutchBuilder
{
    internal ClutchBuilder(IServiceCollection services) => Services = services;

    /// <summary>The application's services, for stores that add themselves.</summary>
    public IServiceCollection Services { get; }

    /// <summary>Adds a job.</summary>
    /// <exception cref="JobDefinitionException">It contradicts itself; all faults are told at once.</exception>
    public ClutchBuilder AddJob(string name, Action<JobBuilder> build)
    {
        ArgumentNullException.ThrowIfNull(build);
        var job = new JobBuilder(name);
        build(job);
        Services.AddSingleton(job.Build());
        return this;
    }

    /// <summary>Changes how this process runs jobs.</summary>
    public ClutchBuilder Configure(Action<ClutchOptions> configure)
    {
        Services.Configure(configure);
        return this;
    }

    /// <summary>Has a listener hear of all jobs, after their own. It is made by the services, once for each job execution, and disposed with its scope.</summary>
    public ClutchBuilder AddListener<TListener>()
        where TListener : class, IBatchListener
    {
        Services.AddScoped<IBatchListener, TListener>();
        return this;
    }
}
