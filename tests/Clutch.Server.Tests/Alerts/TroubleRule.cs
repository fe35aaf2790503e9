using Clutch.Client.Wire;
using Clutch.Server.Alerts;

namespace Clutch.Server.Tests.Alerts;

/// <summary>A rule that finds one trouble while the test says that it is there. A look can be held after it has found.</summary>
internal sealed class TroubleRule : IAlertRule
{
    private HeldLook? _next;

    public AlertRule Rule => AlertRule.Failed;

    public bool IsEnabled => true;

    /// <summary>Whether the trouble is there.</summary>
    public bool IsThere { get; set; }

    /// <summary>Holds the next look, and none after it.</summary>
    public HeldLook HoldNext() => _next = new();

    public async Task<IReadOnlyList<AlertFinding>> FindAsync(AlertLook look, CancellationToken cancellationToken)
    {
        IReadOnlyList<AlertFinding> found = IsThere ? [Trouble(look.Now)] : [];
        if (Interlocked.Exchange(ref _next, null) is { } held)
            await held.WaitAsync(cancellationToken);
        return found;
    }

    private static AlertFinding Trouble(DateTimeOffset since) =>
        new() { Rule = AlertRule.Failed, Severity = AlertSeverity.Critical, Key = "trouble", Subject = "the trouble", What = "There is trouble.", Since = since };
}

/// <summary>A look that has found what it found, and goes on when it is released.</summary>
internal sealed class HeldLook
{
    private readonly TaskCompletionSource _hasFound = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _release = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Done once it has found.</summary>
    public Task HasFound => _hasFound.Task;

    public void Release() => _release.SetResult();

    public Task WaitAsync(CancellationToken cancellationToken)
    {
        _hasFound.SetResult();
        return _release.Task.WaitAsync(cancellationToken);
    }
}
