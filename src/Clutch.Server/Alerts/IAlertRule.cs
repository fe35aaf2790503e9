using Clutch.Client.Wire;

namespace Clutch.Server.Alerts;

/// <summary>Looks at the repository for what is not as it should be; so it works when the processes that did the work are dead.</summary>
internal interface IAlertRule
{
    AlertRule Rule { get; }

    /// <summary>Whether the options have it.</summary>
    bool IsEnabled { get; }

    /// <summary>All that is wrong now. What was found before and is not any more has recovered.</summary>
    Task<IReadOnlyList<AlertFinding>> FindAsync(AlertLook look, CancellationToken cancellationToken);
}

/// <summary>One look at everything.</summary>
/// <param name="Now">When.</param>
/// <param name="Live">The alerts that last.</param>
internal sealed record AlertLook(DateTimeOffset Now, IReadOnlyList<LiveAlert> Live);
