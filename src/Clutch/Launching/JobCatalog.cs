using Clutch.Jobs;

namespace Clutch.Launching;

/// <summary>The jobs that this program hosts.</summary>
public sealed class JobCatalog
{
    private readonly SortedDictionary<string, JobDefinition> _jobs = new(StringComparer.Ordinal);

    /// <summary>A catalog of these jobs.</summary>
    /// <exception cref="InvalidOperationException">Two jobs have the same name.</exception>
    public JobCatalog(IEnumerable<JobDefinition> jobs)
    {
        ArgumentNullException.ThrowIfNull(jobs);
        foreach (var job in jobs)
        {
            if (!_jobs.TryAdd(job.Name, job))
                throw new InvalidOperationException($"Two jobs are named '{job.Name}'. Give one of them another name.");
        }
    }

    /// <summary>All jobs, by name.</summary>
    public IReadOnlyCollection<JobDefinition> Jobs => _jobs.Values;

    /// <summary>The job of that name, or null.</summary>
    public JobDefinition? Find(string name) => _jobs.GetValueOrDefault(name);

    /// <summary>The job of that name.</summary>
    /// <exception cref="JobNotFoundException">This program hosts no such job.</exception>
    public JobDefinition Get(string name) => Find(name) ?? throw new JobNotFoundException(name, _jobs.Keys);
}

/// <summary>This program hosts no job of that name.</summary>
public sealed class JobNotFoundException : Exception
{
    internal JobNotFoundException(string name, IEnumerable<string> known)
        : base($"There is no job '{name}' in this program. It has: {string.Join(", ", known.Select(job => $"'{job}'").DefaultIfEmpty("none"))}.")
    {
    }
}
