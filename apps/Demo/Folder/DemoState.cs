using System.Text.Json.Serialization;

namespace Demo.Folder;

/// <summary>What a data folder holds, so that a start after a kill goes on with it.</summary>
internal sealed record DemoState
{
    /// <summary>Any name that no other folder has; the database holds it, too.</summary>
    public required string Id { get; init; }

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

    /// <summary>Whether the round came to its end and its books were wrong: it has nothing more to do, and the next one may mend it.</summary>
    public bool HasDiffered { get; init; }

    /// <summary>The state after the table.</summary>
    public DemoState End(bool isRight) => this with { IsFinished = isRight, HasDiffered = !isRight };

    /// <summary>The next round, from this instant on.</summary>
    public DemoState BeginNext(DateTimeOffset now) => this with { Round = Round + 1, RoundStartedAt = now, IsFinished = false, HasDiffered = false };
}

[JsonSourceGenerationOptions(System.Text.Json.JsonSerializerDefaults.Web, WriteIndented = true)]
[JsonSerializable(typeof(DemoState))]
internal sealed partial class DemoStateJson : JsonSerializerContext;
