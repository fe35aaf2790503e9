namespace Clutch.Steps;

/// <summary>A place in the pipeline at which a test may throw or kill the process.</summary>
public enum FaultPoint
{
    /// <summary>A chunk was read.</summary>
    AfterRead,

    /// <summary>A chunk was processed.</summary>
    AfterProcess,

    /// <summary>A chunk's transaction has begun; nothing is written yet.</summary>
    BeforeWrite,

    /// <summary>A chunk is written, its transaction not committed.</summary>
    AfterWrite,

    /// <summary>A chunk has committed; the engine has not noted it yet.</summary>
    AfterCommit,

    /// <summary>A part of a chunk was written while a failing item is searched.</summary>
    WhileIsolating,

    /// <summary>The input has ended; outputs are about to be published.</summary>
    WhileClosing,

    /// <summary>Outputs are published; the step's end is not recorded yet.</summary>
    AfterPublish,

    /// <summary>A lease is about to be renewed.</summary>
    WhileRenewing,

    /// <summary>Partitions are about to be created.</summary>
    BeforePartitions,

    /// <summary>A partition was claimed; its work has not begun.</summary>
    AfterClaim,

    /// <summary>A step's end is about to be recorded.</summary>
    BeforeStepEnd,

    /// <summary>A job's end is about to be recorded.</summary>
    BeforeJobEnd,
}

/// <summary>Decides at each <see cref="FaultPoint"/> whether something goes wrong there. Register one to test recovery; without one the points cost nothing.</summary>
public interface IFaultInjector
{
    /// <summary>The pipeline has come to this point: return, throw, or kill the process.</summary>
    void Reach(FaultPoint point);
}
