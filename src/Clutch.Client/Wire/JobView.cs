namespace Clutch.Client.Wire;

/// <summary>A job that the server hosts.</summary>
public sealed record JobView
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>What it is for, or null where nothing was said.</summary>
    public string? Description { get; init; }

    /// <summary>What a launch gives it.</summary>
    public required IReadOnlyList<ParameterView> Parameters { get; init; }

    /// <summary>Its steps in the order of their definition.</summary>
    public required IReadOnlyList<string> Steps { get; init; }

    /// <summary>Whether a failed execution is restarted without anybody asking.</summary>
    public required bool RestartsAutomatically { get; init; }

    /// <summary>How many executions of it may run at once in all processes, or null for any number.</summary>
    public int? MaxRunning { get; init; }
}

/// <summary>A parameter of a job.</summary>
public sealed record ParameterView
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>Its type by .NET's name, such as <c>DateOnly</c>, <c>Int32</c> or <c>String</c>.</summary>
    public required string Type { get; init; }

    /// <summary>Whether a launch must give it.</summary>
    public required bool IsRequired { get; init; }

    /// <summary>Whether it tells one instance of the job from another.</summary>
    public required bool IsIdentifying { get; init; }

    /// <summary>What is used where a launch gives none; null where there is no default.</summary>
    public string? Default { get; init; }

    /// <summary>What it means, or null where nothing was said.</summary>
    public string? Description { get; init; }
}
