namespace Clutch.Outbox.Faults;

/// <summary>Fails on purpose, for tests: told of each named point that is reached. Where none is registered nothing is called.</summary>
public interface IOutboxFaults
{
    /// <summary>The work has come to this point; throw, kill the process or wait, to see what the rest makes of it.</summary>
    /// <param name="point">One of <see cref="OutboxFaultPoints"/>.</param>
    void Reach(string point);
}

/// <summary>The named points, after the crash points of the specification.</summary>
public static class OutboxFaultPoints
{
    /// <summary>K7: the submission is stored, nothing is sent.</summary>
    public const string AfterClaim = "relay.after-claim";

    /// <summary>K9, K10: the target has answered, nothing is stored.</summary>
    public const string AfterSubmit = "relay.after-submit";

    /// <summary>K17 of the relay: within the transaction that stores the answer.</summary>
    public const string InsideSave = "relay.inside-save";

    /// <summary>K11: the answer is stored.</summary>
    public const string AfterSave = "relay.after-save";

    /// <summary>K12: the status is read, nothing is stored.</summary>
    public const string AfterStatus = "poller.after-status";

    /// <summary>K13: within the transaction that stores the results.</summary>
    public const string InsideSettle = "poller.inside-settle";

    /// <summary>The results are stored.</summary>
    public const string AfterSettle = "poller.after-settle";

    /// <summary>K15: within the transaction of a batch of a re-drive; the batches before it are committed.</summary>
    public const string InsideRedrive = "admin.inside-redrive";

    /// <summary>K16: within the transaction that deletes.</summary>
    public const string InsideRetention = "sweeper.inside-delete";

    /// <summary>All points.</summary>
    public static IReadOnlyList<string> All { get; } =
        [AfterClaim, AfterSubmit, InsideSave, AfterSave, AfterStatus, InsideSettle, AfterSettle, InsideRedrive, InsideRetention];
}
