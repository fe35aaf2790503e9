namespace Demo.Showing;

/// <summary>A row of the table: what one application did in this start, and what the simulators' books say of it.</summary>
internal sealed record Outcome
{
    public required string Name { get; init; }

    /// <summary>What lies at the target, whoever brought it there.</summary>
    public required long Items { get; init; }

    public required TimeSpan Elapsed { get; init; }

    /// <summary>Items a second of this start.</summary>
    public required double Rate { get; init; }

    public required long Faults { get; init; }

    public required long Retried { get; init; }

    public long DeadLetters { get; init; }

    /// <summary>Those of them that the target must refuse.</summary>
    public long RightlyRefused { get; init; }

    /// <summary>Events, or SKUs, that the books were compared by.</summary>
    public long Compared { get; init; }

    public long Lost { get; init; }

    public long Doubled { get; init; }

    /// <summary>Whether nothing is lost or doubled. Books that hold nothing prove nothing.</summary>
    public bool IsRight => Compared > 0 && Lost == 0 && Doubled == 0;
}
