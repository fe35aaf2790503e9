using System.Diagnostics.CodeAnalysis;

namespace Clutch.Jobs;

/// <summary>A parameter that a job declares.</summary>
public abstract class ParameterDefinition
{
    private protected ParameterDefinition(string name, Type type)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        Name = name;
        Type = type;
    }

    /// <summary>Its name.</summary>
    public string Name { get; }

    /// <summary>Its type.</summary>
    public Type Type { get; }

    /// <summary>Whether it tells one job instance from another; true by default.</summary>
    public bool IsIdentifying { get; private protected set; } = true;

    /// <summary>Whether a launch must give it; true by default.</summary>
    public bool IsRequired { get; private protected set; } = true;

    /// <summary>The value used where a launch gives none, in the invariant culture; null where there is none.</summary>
    public string? Default { get; private protected set; }

    /// <summary>What it means, for lists and forms; null where nothing was said.</summary>
    public string? Description { get; private protected set; }

    /// <summary>Turns text into the form that is stored, or says what is wrong with it.</summary>
    internal abstract bool TryNormalise(string text, [NotNullWhen(true)] out string? value, [NotNullWhen(false)] out string? error);
}

/// <summary>A typed parameter that a job declares.</summary>
public sealed class ParameterDefinition<T> : ParameterDefinition
    where T : IParsable<T>
{
    private readonly List<(Func<T, bool> Condition, string Message)> _conditions = [];

    internal ParameterDefinition(string name)
        : base(name, typeof(T))
    {
    }

    /// <summary>Makes it a mere setting: executions of one job instance may differ in it.</summary>
    public ParameterDefinition<T> NonIdentifying()
    {
        IsIdentifying = false;
        return this;
    }

    /// <summary>Lets a launch leave it out; it is then absent: <c>Parameters.Get(name, absent)</c> says what stands for it.</summary>
    public ParameterDefinition<T> Optional()
    {
        IsRequired = false;
        return this;
    }

    /// <summary>Gives the value that is used, and stored, where a launch leaves it out: the instance is the same as with the value given.</summary>
    public ParameterDefinition<T> WithDefault(T value)
    {
        IsRequired = false;
        Default = Executions.JobParameters.Format(value);
        return this;
    }

    /// <summary>Says what it means, for lists and forms.</summary>
    public ParameterDefinition<T> Describe(string description)
    {
        Description = description;
        return this;
    }

    /// <summary>Adds a condition that its value must meet.</summary>
    /// <param name="condition">The condition.</param>
    /// <param name="message">How to say it: <c>must be positive</c>.</param>
    public ParameterDefinition<T> Must(Func<T, bool> condition, string message)
    {
        _conditions.Add((condition, message));
        return this;
    }

    internal override bool TryNormalise(string text, [NotNullWhen(true)] out string? value, [NotNullWhen(false)] out string? error)
    {
        value = null;
        if (!Executions.JobParameters.TryParse<T>(text, out var parsed))
        {
            error = $"is not {ParameterWords.Of(typeof(T))}";
            return false;
        }

        error = _conditions.Find(rule => !rule.Condition(parsed)).Message;
        if (error is not null)
            return false;
        value = Executions.JobParameters.Format(parsed);
        return true;
    }
}
