using System.Globalization;
using Clutch.Launching;

namespace Clutch.Tests.Jobs;

/// <summary>Which nodes are dead for certain, by what the folder of processes shows.</summary>
public sealed class NodeIdentityTests : IDisposable
{
    private readonly DirectoryInfo _processes = Directory.CreateTempSubdirectory("clutch-processes-");

    public void Dispose() => _processes.Delete(recursive: true);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_process_that_is_not_found_is_dead_only_where_those_of_others_are_shown(bool areShown)
    {
        if (!OperatingSystem.IsLinux())
            return;
        AddProcess(Environment.ProcessId);
        if (areShown)
            AddProcess(1);
        var node = new NodeIdentity(_processes.FullName);

        var other = string.Join('/', [.. node.Name.Split('/')[..2], "4711", "100"]);

        Assert.Equal(areShown, node.IsCertainlyDead(other));
        Assert.False(node.IsCertainlyDead(node.Name));
    }

    private void AddProcess(int id)
    {
        var folder = _processes.CreateSubdirectory(id.ToString(CultureInfo.InvariantCulture));
        File.WriteAllText(Path.Combine(folder.FullName, "stat"), $"{id} (name) S {string.Join(' ', Enumerable.Range(4, 40))}");
    }
}
