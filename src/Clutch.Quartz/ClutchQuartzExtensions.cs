using Clutch.Hosting;
using Clutch.Launching;
using Clutch.Scheduling;
using Clutch.Scheduling.Firings;
using Clutch.Scheduling.Hosting;
using Clutch.Scheduling.Partitions;
using Clutch.Scheduling.Stored;
using Clutch.Steps;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Quartz;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Schedules for jobs.</summary>
public static class ClutchQuartzExtensions
{
    /// <summary>Runs schedules in this process, alone or with others, and adds <see cref="ISchedules"/>. It brings the worker of <c>AddClutchWorker</c> along.</summary>
    /// <param name="services">The services, which have or will have <c>AddClutch</c>.</param>
    /// <param name="configure">Says where schedules are kept.</param>
    /// <exception cref="System.ComponentModel.DataAnnotations.ValidationException">An option is out of its range.</exception>
    public static IServiceCollection AddClutchSchedules(this IServiceCollection services, Action<SchedulesBuilder> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configure);
        var builder = new SchedulesBuilder(services);
        configure(builder);
        var options = builder.Options;
        options.Validate();
        services.AddClutch(static _ => { });
        services.AddClutchWorker();
        services.TryAddSingleton(options);
        AddScheduler(services, builder, options);
        services.TryAddSingleton<SchedulerAccess>();
        services.TryAddSingleton<ScheduleValidation>();
        services.TryAddSingleton<ScheduleHistory>();
        services.TryAddSingleton<NodeRegister>();
        services.TryAddSingleton<Drain>();
        services.TryAddSingleton<Overlaps>();
        services.TryAddSingleton<RepositoryPatience>();
        services.TryAddSingleton<FiringFollower>();
        services.TryAddSingleton<FiringRunner>();
        services.TryAddSingleton<WorkerSlots>();
        services.TryAddSingleton<WakeUps>();
        services.TryAddSingleton<IPartitionCrew, ClusterCrew>();
        services.TryAddSingleton<QuartzSchedules>();
        services.TryAddSingleton<ISchedules>(provider => provider.GetRequiredService<QuartzSchedules>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, SchedulerHost>());
        services.PostConfigure<HostOptions>(host =>
        {
            var least = options.DrainTimeout + TimeSpan.FromSeconds(5);
            if (host.ShutdownTimeout < least)
                host.ShutdownTimeout = least;
        });
        return services;
    }

    /// <summary>Defines a schedule in code: it is there once the program runs, and changes with it unless somebody edits it.</summary>
    /// <param name="clutch">The jobs.</param>
    /// <param name="name">The schedule's name.</param>
    /// <param name="jobName">The job it launches.</param>
    /// <param name="build">Says when, with which parameters.</param>
    public static ClutchBuilder AddSchedule(this ClutchBuilder clutch, string name, string jobName, Action<ScheduleBuilder> build)
    {
        ArgumentNullException.ThrowIfNull(clutch);
        ArgumentNullException.ThrowIfNull(build);
        var schedule = new ScheduleBuilder(name, jobName);
        build(schedule);
        clutch.Services.AddSingleton(schedule.Build());
        return clutch;
    }

    /// <summary>Takes schedules from configuration, one section each: <c>"nightly": { "Job": "import", "Cron": "0 2 * * *", "Parameters": { "date": "{scheduled:yyyy-MM-dd}" } }</c>.</summary>
    /// <exception cref="ScheduleDefinitionException">A section cannot be read; all its faults are told at once.</exception>
    public static ClutchBuilder AddSchedules(this ClutchBuilder clutch, IConfiguration section)
    {
        ArgumentNullException.ThrowIfNull(clutch);
        ArgumentNullException.ThrowIfNull(section);
        foreach (var definition in ScheduleConfiguration.Read(section))
            clutch.Services.AddSingleton(definition);
        return clutch;
    }

    private static void AddScheduler(IServiceCollection services, SchedulesBuilder builder, SchedulerOptions options)
    {
        services.AddQuartz(quartz =>
        {
            quartz.ConfigureScheduler(scheduler =>
            {
                scheduler.InstanceName = options.Cluster;
                scheduler.IdleWaitTime = options.IdleWait;
                // Automatic would be the whole pool: the first node to look would take all work there is.
                scheduler.MaxBatchSize = 1;
            });
            quartz.UseDefaultThreadPool(options.Slots + options.PartitionSlots);
            if (builder.Store is { } use)
                quartz.UsePersistentStore(store => ConfigureStore(store, use, builder));
            else
                quartz.UseInMemoryStore();
            quartz.UseExecutionLimits(limits => ExecutionGroups.AddLimits(limits, options));
        });
        services.AddOptions<QuartzSchedulerOptions>().Configure<NodeIdentity, JobCatalog>((scheduler, node, catalog) =>
        {
            // The name that stands in leases, so that a node can be found in both.
            scheduler.InstanceId = node.Name;
            foreach (var group in ExecutionGroups.Refused(options, catalog.Jobs.Select(job => job.Name)))
                scheduler.RefusedExecutionGroups.Add(group);
        });
        services.AddQuartzExecutionHistory(history =>
        {
            history.Retention = options.HistoryRetention;
            history.MaxEntriesPerJob = 2_000;
            history.MaxEntriesPerScheduler = 100_000;
        });
    }

    private static void ConfigureStore(IPersistentStoreBuilder store, Action<IPersistentStoreBuilder> use, SchedulesBuilder builder)
    {
        var options = builder.Options;
        use(store);
        store.ProvisionSchema();
        store.UseSystemTextJsonSerializer();
        store.ConfigureStore(settings =>
        {
            settings.StoreJobDataAsStrings = true;
            settings.CommandTimeout = TimeSpan.FromSeconds(5);
            settings.DbRetryInterval = TimeSpan.FromSeconds(1);
            // Looked at as often as the check-in of a cluster would: a schedule may have a threshold of one second.
            settings.MisfireHandlerFrequency = TimeSpan.FromSeconds(1);
            settings.MaxConsecutiveFireFailures = 0;
        });
        if (builder.IsClustered)
        {
            store.UseClustering(cluster =>
            {
                cluster.CheckinInterval = options.CheckInInterval;
                cluster.CheckinMisfireThreshold = options.CheckInThreshold;
            });
        }

        store.UseExecutionHistory();
    }
}
