using System.ComponentModel.DataAnnotations;

namespace Clutch.Server.Alerts;

/// <summary>The rules of alerts; each can be turned off.</summary>
public sealed class AlertRulesOptions
{
    /// <summary>An execution failed and is not restarted by itself.</summary>
    [Required]
    public FailedRuleOptions Failed { get; set; } = new();

    /// <summary>An execution takes much longer than its job usually does, or longer than it may.</summary>
    [Required]
    public RunningTooLongRuleOptions RunningTooLong { get; set; } = new();

    /// <summary>A schedule did not fire when it should, could not launch its job, or left firings out because an earlier one still runs.</summary>
    [Required]
    public MissedScheduleRuleOptions MissedSchedule { get; set; } = new();

    /// <summary>A step commits no more chunks, or not even its first.</summary>
    [Required]
    public NoProgressRuleOptions NoProgress { get; set; } = new();

    /// <summary>A job has not completed for too long.</summary>
    [Required]
    public NoSuccessWithinRuleOptions NoSuccessWithin { get; set; } = new();

    /// <summary>A job has many open dead letters.</summary>
    [Required]
    public DeadLettersRuleOptions DeadLetters { get; set; } = new();

    /// <summary>A channel of the outbox is late, stopped, or has failed messages.</summary>
    [Required]
    public OutboxLagRuleOptions OutboxLag { get; set; } = new();

    /// <summary>A process that works vanished.</summary>
    [Required]
    public NodeLostRuleOptions NodeLost { get; set; } = new();

    /// <summary>The clock of a process differs from the database's.</summary>
    [Required]
    public ClockSkewRuleOptions ClockSkew { get; set; } = new();

    /// <summary>A partition that three nodes in a row died with is not handed out any more.</summary>
    [Required]
    public PartitionQuarantinedRuleOptions PartitionQuarantined { get; set; } = new();
}

/// <summary>The rule for failures.</summary>
public sealed class FailedRuleOptions
{
    /// <summary>Whether it is looked at; true by default.</summary>
    public bool IsEnabled { get; set; } = true;

    /// <summary>Failures older than this when they are first seen are no news: 1 minute to 30 days; 1 day by default.</summary>
    public TimeSpan Within { get; set; } = TimeSpan.FromDays(1);
}

/// <summary>The rule for executions that take too long.</summary>
public sealed class RunningTooLongRuleOptions
{
    /// <summary>Whether it is looked at; true by default.</summary>
    public bool IsEnabled { get; set; } = true;

    /// <summary>How many times the duration within which 95 % of the latest 30 completed executions ended: 1 to 100; 1.5 by default.</summary>
    [Range(1.0, 100.0)]
    public double Factor { get; set; } = 1.5;

    /// <summary>Completed executions without which nothing is usual: 1 to 30; 5 by default.</summary>
    [Range(1, 30)]
    public int MinRuns { get; set; } = 5;

    /// <summary>Nothing shorter is longer than usual: 0 to 30 days; 1 minute by default.</summary>
    public TimeSpan MinDuration { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>How long an execution may take at most, also where nothing is known of what is usual: 1 minute to 10 years; 1 day by default.</summary>
    public TimeSpan MaxDuration { get; set; } = TimeSpan.FromDays(1);

    /// <summary>The same for single jobs, by name, in its place: 1 s to 10 years each. None by default.</summary>
    public IDictionary<string, TimeSpan> MaxDurations { get; } = new Dictionary<string, TimeSpan>(StringComparer.Ordinal);
}

/// <summary>The rule for schedules.</summary>
public sealed class MissedScheduleRuleOptions
{
    /// <summary>Whether it is looked at; true by default.</summary>
    public bool IsEnabled { get; set; } = true;

    /// <summary>How late a firing may be: 1 s to 1 day; 5 minutes by default.</summary>
    public TimeSpan Grace { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>So many firings in a row, left out because of one execution that is in their way, are a finding: 1 to 500; 3 by default.</summary>
    /// <remarks>One that takes no longer than its job usually does is in nobody's way: its schedule is meant so.</remarks>
    [Range(1, 500)]
    public int Overlaps { get; set; } = 3;
}

/// <summary>The rule for steps without progress.</summary>
public sealed class NoProgressRuleOptions
{
    /// <summary>Whether it is looked at; true by default.</summary>
    public bool IsEnabled { get; set; } = true;

    /// <summary>The shortest time without a chunk that counts: 1 s to 30 days; 5 minutes by default. Ten times the step's own usual chunk counts where it is longer.</summary>
    public TimeSpan After { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>How long a step may take to its first chunk: 1 s to 30 days; 15 minutes by default.</summary>
    /// <remarks>It is known of the jobs that the process which looks hosts: a step that is one piece of code has no chunks.</remarks>
    public TimeSpan FirstChunkAfter { get; set; } = TimeSpan.FromMinutes(15);
}

/// <summary>The rule for jobs that should complete again and again.</summary>
public sealed class NoSuccessWithinRuleOptions
{
    /// <summary>Whether it is looked at; true by default.</summary>
    public bool IsEnabled { get; set; } = true;

    /// <summary>How old the latest completed execution of a job may be, by the job's name: 1 minute to 10 years each. None by default.</summary>
    public IDictionary<string, TimeSpan> Jobs { get; } = new Dictionary<string, TimeSpan>(StringComparer.Ordinal);
}

/// <summary>The rule for dead letters.</summary>
public sealed class DeadLettersRuleOptions
{
    /// <summary>Whether it is looked at; true by default.</summary>
    public bool IsEnabled { get; set; } = true;

    /// <summary>Open dead letters of a job that are still well: 0 to 10,000; 100 by default.</summary>
    [Range(0, 10_000)]
    public int Above { get; set; } = 100;
}

/// <summary>The rule for the outbox of the program.</summary>
public sealed class OutboxLagRuleOptions
{
    /// <summary>Whether it is looked at; true by default.</summary>
    public bool IsEnabled { get; set; } = true;

    /// <summary>How long a due message may wait: 1 s to 30 days; 5 minutes by default.</summary>
    public TimeSpan OldestPending { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Failed messages that nobody acknowledged and that are still well: 0 to 1,000,000; 0 by default.</summary>
    [Range(0, 1_000_000)]
    public int DeadAbove { get; set; }
}

/// <summary>The rule for processes.</summary>
public sealed class NodeLostRuleOptions
{
    /// <summary>Whether it is looked at; true by default.</summary>
    public bool IsEnabled { get; set; } = true;
}

/// <summary>The rule for clocks.</summary>
public sealed class ClockSkewRuleOptions
{
    /// <summary>Whether it is looked at; true by default.</summary>
    public bool IsEnabled { get; set; } = true;

    /// <summary>How far a process's clock may be from the database's: 100 ms to 1 hour; 1 s by default.</summary>
    /// <remarks>Two that are both so far off, one ahead and one behind, still take each other for alive: <c>CheckInInterval</c> and <c>CheckInThreshold</c> make 3 s.</remarks>
    public TimeSpan Above { get; set; } = TimeSpan.FromSeconds(1);
}

/// <summary>The rule for partitions that are not handed out any more.</summary>
public sealed class PartitionQuarantinedRuleOptions
{
    /// <summary>Whether it is looked at; true by default.</summary>
    public bool IsEnabled { get; set; } = true;
}
