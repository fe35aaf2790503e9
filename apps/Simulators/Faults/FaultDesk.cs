using System.Text.Json;

namespace Simulators.Faults;

/// <summary>Where faults are ordered: holds the order in force.</summary>
internal sealed class FaultDesk
{
    private volatile FaultOrder _order;

    public FaultDesk(SimulatorOptions options) =>
        _order = options.FaultFile is { } file ? JsonSerializer.Deserialize(File.ReadAllBytes(file), FaultJson.Default.FaultOrder)! : new FaultOrder();

    public FaultOrder Order
    {
        get => _order;
        set => _order = value;
    }
}
