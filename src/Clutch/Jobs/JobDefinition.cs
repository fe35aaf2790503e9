using Clutch.Executions;
using Clutch.Steps;

namespace Clutch.Jobs;

/// <summary>A job as it was built: its name, parameters and flow.</summary>
public sealed class JobDefinition
{
    internal JobDefinition(Flow flow, IReadOnlyList<Func<IServiceProvider, IBatchListener>> listeners)
    {
        Flow = flow;
        Listeners = listeners;
    }

    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>What it does, for lists; null where nothing was said.</summary>
    public string? Description { get; init; }

    /// <summary>The parameters it declares.</summary>
    public required IReadOnlyList<ParameterDefinition> Parameters { get; init; }

    /// <summary>When it is restarted by itself after a failure, or null for never.</summary>
    public RestartPolicy? RestartPolicy { get; init; }

    /// <summary>How many executions of it may run at once, in all processes that share the repository; null for any number.</summary>
    public int? MaxRunning { get; init; }

    /// <summary>The names of its steps in the order of their definition.</summary>
    public IReadOnlyList<string> StepNames => [.. Flow.AllSteps().Select(step => step.Name)];

    /// <summary>The names of those steps that commit chunk by chunk, in the same order.</summary>
    public IReadOnlyList<string> ChunkStepNames => [.. Flow.AllSteps().Where(step => step.WorksInChunks).Select(step => step.Name)];

    internal Flow Flow { get; }

    internal IReadOnlyList<Func<IServiceProvider, IBatchListener>> Listeners { get; }

    /// <summary>Checks a launch's parameters and gives them the form in which they are stored.</summary>
    /// <exception cref="JobParametersException">One is unknown, missing, mistyped or breaks a condition; all faults are told at once.</exception>
    public JobParameters Bind(IReadOnlyDictionary<string, string> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        var errors = new List<ParameterError>();
        var bound = new List<KeyValuePair<string, JobParameter>>();
        foreach (var name in values.Keys.Where(name => !Parameters.Any(parameter => parameter.Name == name)).Order(StringComparer.Ordinal))
            errors.Add(new(name, $"Parameter '{name}' with value '{values[name]}' is unknown; the job takes {KnownNames()}."));
        foreach (var parameter in Parameters)
            Bind(parameter, values.GetValueOrDefault(parameter.Name) ?? parameter.Default, bound, errors);
        return errors.Count == 0 ? new(bound) : throw new JobParametersException(Name, errors);
    }

    private static void Bind(ParameterDefinition parameter, string? text, List<KeyValuePair<string, JobParameter>> bound, List<ParameterError> errors)
    {
        if (text is null)
        {
            if (parameter.IsRequired)
                errors.Add(new(parameter.Name, $"Parameter '{parameter.Name}' is missing; give {ParameterWords.Of(parameter.Type)}."));
            return;
        }

        if (parameter.TryNormalise(text, out var value, out var error))
            bound.Add(new(parameter.Name, new(value, parameter.IsIdentifying)));
        else
            errors.Add(new(parameter.Name, $"Parameter '{parameter.Name}' with value '{text}' {error}."));
    }

    private string KnownNames() => Parameters.Count == 0 ? "none" : string.Join(", ", Parameters.Select(parameter => $"'{parameter.Name}'"));
}
