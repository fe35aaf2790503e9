namespace Clutch.Jobs;

/// <summary>A launch was refused before anything was written: its parameters do not fit the job.</summary>
public sealed class JobParametersException : Exception
{
    internal JobParametersException(string jobName, IReadOnlyList<ParameterError> parameterErrors)
        : base($"Job '{jobName}' cannot start: {string.Join(" ", parameterErrors.Select(error => error.Message))}")
    {
        JobName = jobName;
        ParameterErrors = parameterErrors;
    }

    /// <summary>The job.</summary>
    public string JobName { get; }

    /// <summary>All that is wrong, one sentence each: parameter, value and what is expected.</summary>
    public IReadOnlyList<string> Errors => [.. ParameterErrors.Select(error => error.Message)];

    /// <summary>All that is wrong, with the parameter at fault: for forms, which show a fault beside its field.</summary>
    public IReadOnlyList<ParameterError> ParameterErrors { get; }
}

/// <summary>A parameter of a launch that does not fit.</summary>
/// <param name="Name">The parameter, as the launch names it.</param>
/// <param name="Message">The whole sentence: parameter, value and what is expected.</param>
public sealed record ParameterError(string Name, string Message);
