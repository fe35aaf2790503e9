namespace Clutch.Hosting;

/// <summary>What a command's exit code says, for cron, Kubernetes and scripts. Documented in docs/reference/exit-codes.md.</summary>
public enum ExitCode
{
    /// <summary>The job instance is completed, by this run or by an earlier one; other commands did what was asked.</summary>
    Completed = 0,

    /// <summary>The job failed and can be restarted.</summary>
    Failed = 1,

    /// <summary>The command, a job name, an id, a parameter or an option of the program is wrong; nothing was written.</summary>
    WrongUsage = 2,

    /// <summary>The job was stopped at a chunk boundary and can be restarted.</summary>
    Stopped = 3,

    /// <summary>The job instance runs already, in another process.</summary>
    AlreadyRunning = 4,

    /// <summary>What was asked is not possible now: the execution is abandoned, completed, running, or not the latest of its instance; as many run as <c>MaxRunning</c> allows; or another program has the address to listen on.</summary>
    Refused = 5,

    /// <summary>The job repository cannot be used: unreachable, read-only, corrupt, or made by a newer program.</summary>
    RepositoryUnusable = 6,

    /// <summary>Another process took the execution over while it ran here.</summary>
    LeaseLost = 7,

    /// <summary>An error that the program did not expect.</summary>
    Unexpected = 70,
}
