using System.Diagnostics;
using System.Globalization;
using Clutch.Steps;

namespace Clutch.Testing;

/// <summary>Makes something happen when the pipeline comes to a <see cref="FaultPoint"/> for the n-th time: a throw, the death of the process, or an action of the test.</summary>
/// <remarks>
/// Register it as <see cref="IFaultInjector"/>. Each fault fires once. For a child process it is written as text in the environment variable
/// <see cref="EnvironmentVariable"/>: <c>AfterWrite:3:kill</c>, several parted by semicolons.
/// </remarks>
public sealed class FaultPlan : IFaultInjector
{
    /// <summary>The environment variable that <see cref="FromEnvironment"/> reads: <c>CLUTCH_FAULT</c>.</summary>
    public const string EnvironmentVariable = "CLUTCH_FAULT";

    private readonly Lock _lock = new();
    private readonly Dictionary<FaultPoint, int> _hits = [];
    private readonly Dictionary<(FaultPoint Point, int Hit), Action> _actions = [];

    /// <summary>How many of the planned faults have happened.</summary>
    public int FiredCount { get; private set; }

    /// <summary>The plan that the environment holds, or null where it holds none.</summary>
    /// <exception cref="FormatException">The variable holds something else.</exception>
    public static FaultPlan? FromEnvironment() => Environment.GetEnvironmentVariable(EnvironmentVariable) is { Length: > 0 } text ? Parse(text) : null;

    /// <summary>The plan written as <c>point:hit:throw</c> or <c>point:hit:kill</c>, several parted by semicolons.</summary>
    /// <exception cref="FormatException">The text is something else.</exception>
    public static FaultPlan Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var plan = new FaultPlan();
        foreach (var entry in text.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            plan.Add(entry);
        return plan;
    }

    /// <summary>Throws at the n-th hit of the point.</summary>
    /// <param name="point">Where.</param>
    /// <param name="hit">At which hit, from 1.</param>
    /// <param name="fault">What is thrown; an <see cref="InjectedFaultException"/> for null.</param>
    public FaultPlan ThrowAt(FaultPoint point, int hit = 1, Func<Exception>? fault = null) =>
        DoAt(point, hit, () => throw fault?.Invoke() ?? new InjectedFaultException(point, hit));

    /// <summary>Kills this process at the n-th hit of the point, as <c>kill -9</c> does: nothing is flushed, nobody is told.</summary>
    public FaultPlan KillAt(FaultPoint point, int hit = 1) => DoAt(point, hit, Kill);

    /// <summary>Runs an action at the n-th hit of the point; what it throws is thrown there.</summary>
    public FaultPlan DoAt(FaultPoint point, int hit, Action action)
    {
        ArgumentNullException.ThrowIfNull(action);
        ArgumentOutOfRangeException.ThrowIfLessThan(hit, 1);
        lock (_lock)
            _actions.Add((point, hit), action);
        return this;
    }

    /// <summary>How often the pipeline came to the point.</summary>
    public int HitsOf(FaultPoint point)
    {
        lock (_lock)
            return _hits.GetValueOrDefault(point);
    }

    /// <inheritdoc/>
    public void Reach(FaultPoint point)
    {
        Action? action;
        lock (_lock)
        {
            var hit = _hits[point] = _hits.GetValueOrDefault(point) + 1;
            if (_actions.Remove((point, hit), out action))
                FiredCount++;
        }

        action?.Invoke();
    }

    private static void Kill()
    {
        using var process = Process.GetCurrentProcess();
        process.Kill();
        throw new UnreachableException("The process outlived its own kill signal.");
    }

    private void Add(string entry)
    {
        var parts = entry.Split(':');
        if (parts.Length != 3 || !Enum.TryParse<FaultPoint>(parts[0], ignoreCase: true, out var point) ||
            !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var hit) || hit < 1)
            throw Malformed(entry);
        _ = parts[2].ToUpperInvariant() switch
        {
            "THROW" => ThrowAt(point, hit),
            "KILL" => KillAt(point, hit),
            _ => throw Malformed(entry),
        };
    }

    private static FormatException Malformed(string entry) => new(
        $"'{entry}' is no fault. Write point:hit:throw or point:hit:kill, such as 'AfterWrite:3:kill'; points are {string.Join(", ", Enum.GetNames<FaultPoint>())}.");
}

/// <summary>The fault that a <see cref="FaultPlan"/> throws unless told otherwise; neither transient nor skippable.</summary>
public sealed class InjectedFaultException : Exception
{
    internal InjectedFaultException(FaultPoint point, int hit)
        : base($"Injected at {point}, hit {hit.ToString(CultureInfo.InvariantCulture)}.") => Point = point;

    /// <summary>Where it was thrown.</summary>
    public FaultPoint Point { get; }
}
