namespace Clutch.Scheduling;

/// <summary>What becomes of firings that could not happen in time: no node ran, or the schedule was paused.</summary>
public enum MisfireRule
{
    /// <summary>One firing makes up for all that were missed; then it goes on as planned.</summary>
    RunOnce,

    /// <summary>What was missed is left out.</summary>
    Skip,

    /// <summary>Each missed firing is made up for, in order; one after the other unless <see cref="OverlapRule.Allow"/> lets them run beside each other.</summary>
    RunAll,
}

/// <summary>What becomes of a firing that is due while an earlier one of the same schedule still runs, on whichever node.</summary>
public enum OverlapRule
{
    /// <summary>It is left out and stands in the list of misfires; with <see cref="MisfireRule.RunAll"/>, which leaves out none, it waits for the end of the earlier one.</summary>
    Skip,

    /// <summary>It waits for the end of the earlier one; of several, one is kept.</summary>
    Wait,

    /// <summary>It runs beside the earlier one.</summary>
    Allow,
}

/// <summary>What makes a firing the same piece of work as another: the database refuses to do the same work twice.</summary>
public enum FiringIdentity
{
    /// <summary>Schedule and scheduled time: each firing is a job instance of its own.</summary>
    ScheduledTime,

    /// <summary>The job's own identifying parameters: a firing whose parameters were completed already, also by hand, does nothing.</summary>
    Parameters,
}
