namespace Clutch.Executions;

/// <summary>Names a job instance.</summary>
public readonly record struct JobInstanceId(long Value)
{
    /// <inheritdoc/>
    public override string ToString() => Value.ToString(System.Globalization.CultureInfo.InvariantCulture);
}

/// <summary>A job with its identifying parameters: the piece of work that is done once, in as many executions as it takes.</summary>
public sealed record JobInstance
{
    /// <summary>Its id in the job repository.</summary>
    public required JobInstanceId Id { get; init; }

    /// <summary>The job's name.</summary>
    public required string JobName { get; init; }

    /// <summary>The hash of the identifying parameters (<see cref="JobParameters.IdentityKey"/>).</summary>
    public required string Key { get; init; }

    /// <summary>When it was first launched (UTC).</summary>
    public required DateTimeOffset CreatedAt { get; init; }
}
