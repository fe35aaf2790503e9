namespace Clutch.Server.Tests.Fixtures;

/// <summary>The clock of a machine that has it wrong, until the test sets it right.</summary>
internal sealed class WrongClock(TimeSpan ahead) : TimeProvider
{
    /// <summary>How far it is ahead of the right time.</summary>
    public TimeSpan Ahead { get; set; } = ahead;

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Ahead;
}
