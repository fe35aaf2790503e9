using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Clutch.Outbox.Faults;

/// <summary>Faults ordered through the environment variable <c>FAILPOINT</c>: <c>name:nth:action</c>, several with commas; the action is <c>kill</c>, <c>stop</c> or <c>throw</c>.</summary>
/// <remarks>The variable is read once, when the outbox is registered: a program without it pays a null check. Names beside ours are allowed, for the points of an application.</remarks>
public sealed class FailPoint : IOutboxFaults
{
    /// <summary>The variable.</summary>
    public const string Variable = "FAILPOINT";

    private readonly Lock _lock = new();
    private readonly Dictionary<string, int> _hits = new(StringComparer.Ordinal);
    private readonly HashSet<(string Point, int Hit, string Action)> _plan = [];

    /// <summary>The faults of a plan such as <c>relay.after-claim:3:kill</c>.</summary>
    /// <exception cref="FormatException">It cannot be read.</exception>
    public FailPoint(string plan)
    {
        ArgumentException.ThrowIfNullOrEmpty(plan);
        foreach (var entry in plan.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            _plan.Add(Parse(entry));
    }

    /// <summary>The environment's faults, or null where it orders none.</summary>
    public static FailPoint? FromEnvironment() =>
        Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } plan ? new(plan) : null;

    /// <inheritdoc/>
    public void Reach(string point)
    {
        ArgumentNullException.ThrowIfNull(point);
        foreach (var action in Count(point))
            Act(action, point);
    }

    private List<string> Count(string point)
    {
        lock (_lock)
        {
            var hit = _hits[point] = _hits.GetValueOrDefault(point) + 1;
            return _plan.Where(entry => entry.Point == point && entry.Hit == hit).Select(entry => entry.Action).ToList();
        }
    }

    private static void Act(string action, string point)
    {
        if (action == "throw")
            throw new InjectedOutboxFaultException(point);
        using var process = Process.GetCurrentProcess();
        if (action == "stop")
        {
            // SIGSTOP (19 on Linux): whoever tests sends SIGCONT.
            _ = Kill(process.Id, 19);
            return;
        }

        process.Kill();
        throw new UnreachableException("The process outlived its own kill signal.");
    }

    private static (string Point, int Hit, string Action) Parse(string entry)
    {
        var parts = entry.Split(':');
        return parts.Length == 3 && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var hit) && hit > 0 && parts[2] is "kill" or "stop" or "throw"
            ? (parts[0], hit, parts[2])
            : throw new FormatException($"'{entry}' is no fault. Write name:nth:kill, name:nth:stop or name:nth:throw, such as '{OutboxFaultPoints.AfterClaim}:3:kill'.");
    }

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern int Kill(int process, int signal);
}

/// <summary>The fault that a <see cref="FailPoint"/> throws.</summary>
public sealed class InjectedOutboxFaultException : Exception
{
    internal InjectedOutboxFaultException(string point)
        : base($"Injected at '{point}'.") => Point = point;

    /// <summary>Where.</summary>
    public string Point { get; }
}
