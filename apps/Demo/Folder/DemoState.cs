using System.Text.Json.Serialization;

namespace Demo.Folder;

/// <summary>What a data folder holds, so that a start after a kill goes on with it.</summary>
internal sealed record DemoState
{
    public required int SkuCount { get; init; }

    public required int CalendarCount { get; init; }

    /// <summary><c>sqlite</c> or <c>postgresql</c>.</summary>
    public required string Store { get; init; }

    /// <summary>The port of the simulators: the subscribed addresses name it.</summary>
    public required int SimulatorPort { get; init; }

    /// <summary>Whether the tables were made: from then on a database without them is another one.</summary>
    public bool HasTables { get; init; }

    /// <summary>1 for the first synchronisation, one more for each after the world moved on.</summary>
    public int Round { get; init; } = 1;

    /// <summary>When the round began (UTC).</summary>
    public required DateTimeOffset RoundStartedAt { get; init; }

    /// <summary>Whether the round came to its end and its books were right.</summary>
    public bool IsFinished { get; init; }
}

[JsonSourceGenerationOptions(System.Text.Json.JsonSerializerDefaults.Web, WriteIndented = true)]
[JsonSerializable(typeof(DemoState))]
internal sealed partial class DemoStateJson : JsonSerializerContext;
