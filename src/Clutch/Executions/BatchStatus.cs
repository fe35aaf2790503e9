namespace Clutch.Executions;

/// <summary>Where an execution of a job or a step stands.</summary>
public enum BatchStatus
{
    /// <summary>Accepted, not yet taken up by a node.</summary>
    Starting,

    /// <summary>At work on the node that holds its lease.</summary>
    Started,

    /// <summary>Asked to stop; its owner ends it at the next chunk boundary.</summary>
    Stopping,

    /// <summary>Ended at a chunk boundary because someone asked; it can be restarted.</summary>
    Stopped,

    /// <summary>Ended by a fault, or its owner died; it can be restarted.</summary>
    Failed,

    /// <summary>Ended with all its work done; it does not run again.</summary>
    Completed,

    /// <summary>Given up by an operator; it can never be restarted.</summary>
    Abandoned,
}

/// <summary>Claims about a <see cref="BatchStatus"/>.</summary>
public static class BatchStatusExtensions
{
    extension(BatchStatus status)
    {
        /// <summary>No owner works on it any more.</summary>
        public bool IsFinal => status is BatchStatus.Stopped or BatchStatus.Failed or BatchStatus.Completed or BatchStatus.Abandoned;

        /// <summary>It is held by a node: a second execution of the same instance is refused.</summary>
        public bool IsRunning => !status.IsFinal;

        /// <summary>A new execution may take up its work.</summary>
        public bool IsRestartable => status is BatchStatus.Stopped or BatchStatus.Failed;
    }
}
