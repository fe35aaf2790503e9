using System.Globalization;

namespace Clutch.Outbox.Running;

/// <summary>Names a loop as owner of leases: machine, process, and a part of its own, so that no two loops ever share a name.</summary>
internal static class LoopIdentity
{
    public static string Create() =>
        string.Create(CultureInfo.InvariantCulture, $"{Environment.MachineName}/{Environment.ProcessId}/{Guid.NewGuid().ToString("N", CultureInfo.InvariantCulture)[..8]}");
}
