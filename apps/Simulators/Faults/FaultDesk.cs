using System.Text.Json;

namespace Simulators.Faults;

/// <summary>Where faults are ordered: holds the order in force.</summary>
internal sealed class FaultDesk
{
    private volatile FaultOrder _order;

    public FaultDesk(SimulatorOptions options) => _order = options.FaultFile is { } file ? Read(file) : new FaultOrder();

    public FaultOrder Order
    {
        get => _order;
        set => _order = value;
    }

    private static FaultOrder Read(string file)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(file), FaultJson.Default.FaultOrder) ?? new FaultOrder();
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new SimulatorSettingsException($"'--faults' names '{file}', which cannot be read: {fault.Message}");
        }
    }
}
