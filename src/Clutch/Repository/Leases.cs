using Clutch.Executions;

namespace Clutch.Repository;

/// <summary>What a node holds while it runs an execution.</summary>
/// <param name="ExecutionId">The execution.</param>
/// <param name="Fence">The fencing token with which it was launched.</param>
/// <param name="Node">The node.</param>
public readonly record struct JobLease(JobExecutionId ExecutionId, long Fence, string Node);

/// <summary>What the repository says to an owner.</summary>
public enum LeaseAnswer
{
    /// <summary>Done; go on.</summary>
    Held,

    /// <summary>Done; a stop was asked for.</summary>
    HeldStopRequested,

    /// <summary>Not done: somebody else took over. Leave everything as it is.</summary>
    Lost,
}

/// <summary>What came of a request to stop.</summary>
public enum StopAnswer
{
    /// <summary>Its owner will stop at the next chunk boundary.</summary>
    Requested,

    /// <summary>It had ended already.</summary>
    NotRunning,

    /// <summary>There is no such execution.</summary>
    Unknown,
}

/// <summary>What came of a request to abandon.</summary>
public enum AbandonAnswer
{
    /// <summary>It will never be restarted.</summary>
    Abandoned,

    /// <summary>It is running: stop it first.</summary>
    StillRunning,

    /// <summary>It has completed: there is nothing to give up.</summary>
    AlreadyComplete,

    /// <summary>A later execution of its instance exists: only the latest can be given up.</summary>
    Superseded,

    /// <summary>There is no such execution.</summary>
    Unknown,
}
