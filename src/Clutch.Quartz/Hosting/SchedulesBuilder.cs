using Microsoft.Extensions.DependencyInjection;
using Quartz;

namespace Clutch.Scheduling.Hosting;

/// <summary>Says where schedules are kept and how this process takes part.</summary>
public sealed class SchedulesBuilder
{
    internal SchedulesBuilder(IServiceCollection services) => Services = services;

    /// <summary>The application's services.</summary>
    public IServiceCollection Services { get; }

    internal SchedulerOptions Options { get; } = new();

    /// <summary>Whether other processes share the schedules.</summary>
    internal bool IsClustered { get; private set; }

    internal Action<IPersistentStoreBuilder>? Store { get; private set; }

    /// <summary>Keeps schedules in a PostgreSQL database, which any number of processes share. Its tables (<c>qrtz_...</c>) are created where they are missing.</summary>
    /// <param name="connectionString">The job repository's own, or another database.</param>
    /// <param name="schema">The schema of the tables, which must exist, or null for the connection's own.</param>
    public SchedulesBuilder UsePostgreSql(string connectionString, string? schema = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(connectionString);
        IsClustered = true;
        var settings = schema is null ? connectionString : $"{connectionString.TrimEnd(';')};Search Path={schema}";
        Store = store => store.UsePostgres(settings);
        return this;
    }

    /// <summary>Keeps schedules in a SQLite file, for one process. Its tables (<c>qrtz_...</c>) are created where they are missing.</summary>
    /// <param name="connectionString">Such as <c>Data Source=clutch.db</c>: the job repository's own file will do.</param>
    public SchedulesBuilder UseSqlite(string connectionString)
    {
        ArgumentException.ThrowIfNullOrEmpty(connectionString);
        IsClustered = false;
        Store = store => store.UseSqlite(connectionString);
        return this;
    }

    /// <summary>Keeps schedules in memory, for tests: what was missed while the process was down is not known.</summary>
    public SchedulesBuilder UseMemory()
    {
        IsClustered = false;
        Store = null;
        return this;
    }

    /// <summary>Changes how this process takes part.</summary>
    public SchedulesBuilder Configure(Action<SchedulerOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        configure(Options);
        return this;
    }
}
