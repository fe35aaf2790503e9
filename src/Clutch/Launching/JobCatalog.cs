using Clutch.Jobs;

namespace Clutch.Launching;

/// <summary>The jobs that this program hosts.</summary>
public sealed class JobCatalog
{
    private const string RedriveSuffix = "/redrive";
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

    /// <summary>The job of that name, or null. A name made by <see cref="RedriveNameOf"/> is the job that runs a step's dead letters again.</summary>
    public JobDefinition? Find(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (_jobs.GetValueOrDefault(name) is { } job)
            return job;
        return name.EndsWith(RedriveSuffix, StringComparison.Ordinal) ? FindRedrive(name[..^RedriveSuffix.Length]) : null;
    }

    // Jobs and steps may have a slash in their names: which one parts them, only the steps can tell.
    private JobDefinition? FindRedrive(string place)
    {
        var owners = _jobs.Values.Where(job => place.StartsWith($"{job.Name}/", StringComparison.Ordinal)).ToList();
        var owner = owners.Find(job => job.StepNames.Contains(StepIn(job, place))) ?? owners.FirstOrDefault();
        return owner is null ? null : RedriveJob.For(owner, StepIn(owner, place));
    }

    private static string StepIn(JobDefinition job, string place) => place[(job.Name.Length + 1)..];

    /// <summary>The name of the job that runs the dead letters of a step again.</summary>
    public static string RedriveNameOf(string jobName, string stepName) => $"{jobName}/{stepName}{RedriveSuffix}";

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
