namespace Clutch.Jobs;

/// <summary>A launch was refused before anything was written: its parameters do not fit the job.</summary>
public sealed class JobParametersException : Exception
{
    internal JobParametersException(string jobName, IReadOnlyList<string> errors)
        : base($"Job '{jobName}' cannot start: {string.Join(" ", errors)}")
    {
        JobName = jobName;
        Errors = errors;
    }

    /// <summary>The job.</summary>
    public string JobName { get; }

    /// <summary>All that is wrong, one sentence each: parameter, value and what is expected.</summary>
    public IReadOnlyList<string> Errors { get; }
}
