using System.Diagnostics;
using System.Globalization;

namespace Clutch.Launching;

/// <summary>Names this process among all that share a job repository, and knows which others on this machine are dead.</summary>
/// <remarks>
/// The name is <c>host/scope/pid/start</c>. A process of the same host and scope (boot and process namespace) that no longer exists, or whose
/// id now belongs to a process started at another time, is dead for certain: its executions are taken up at once, without waiting for its lease.
/// </remarks>
public sealed class NodeIdentity
{
    private readonly string _machine;
    private readonly string _proc;

    /// <summary>The identity of this process.</summary>
    public NodeIdentity()
        : this("/proc")
    {
    }

    /// <summary>The identity of this process, among those that this folder shows.</summary>
    internal NodeIdentity(string proc)
    {
        _proc = proc;
        _machine = $"{Environment.MachineName}/{Scope()}";
        Name = NameOf(Environment.ProcessId)!;
    }

    /// <summary>The name of this node in leases, lists and logs.</summary>
    public string Name { get; }

    /// <summary>Whether the node was a process of this machine and is certainly gone; false where that cannot be known.</summary>
    public bool IsCertainlyDead(string node)
    {
        ArgumentNullException.ThrowIfNull(node);
        var parts = node.Split('/');
        if (!OperatingSystem.IsLinux() || parts.Length != 4 || $"{parts[0]}/{parts[1]}" != _machine)
            return false;
        return !int.TryParse(parts[2], NumberStyles.None, CultureInfo.InvariantCulture, out var processId) || IsGone(processId, node);
    }

    private bool IsGone(int processId, string node)
    {
        try
        {
            // Where processes of others are hidden (hidepid, proc(5)) the first one is, too: then one that is not found may live all the same.
            return NameOf(processId) is { } name ? name != node : StartOf(1) is not null;
        }
        catch (UnauthorizedAccessException)
        {
            // It is there, and not ours to look at.
            return false;
        }
    }

    private string? NameOf(int processId) => StartOf(processId) is { } start ? $"{_machine}/{processId.ToString(CultureInfo.InvariantCulture)}/{start}" : null;

    /// <summary>When the process was started, in the kernel's own ticks, or null when it does not exist.</summary>
    private string? StartOf(int processId)
    {
        if (!OperatingSystem.IsLinux())
            return new DateTimeOffset(Process.GetProcessById(processId).StartTime).ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture);
        try
        {
            // proc(5): after the command in parentheses come state, ppid, ... and starttime as the 20th field.
            var text = File.ReadAllText($"{_proc}/{processId.ToString(CultureInfo.InvariantCulture)}/stat");
            var fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
            return fields[0] is "Z" or "X" ? null : fields[19];
        }
        catch (Exception fault) when (fault is FileNotFoundException or DirectoryNotFoundException or IOException)
        {
            return null;
        }
    }

    // Process ids mean something only within one boot and one process namespace (a container has its own).
    private static string Scope()
    {
        if (!OperatingSystem.IsLinux())
            return "-";
        try
        {
            var boot = File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim();
            var space = File.ResolveLinkTarget("/proc/self/ns/pid", returnFinalTarget: false)?.Name ?? string.Empty;
            return string.Concat(boot.AsSpan(0, 8), "-", string.Concat(space.Where(char.IsAsciiDigit)));
        }
        catch (IOException)
        {
            return "-";
        }
    }
}
