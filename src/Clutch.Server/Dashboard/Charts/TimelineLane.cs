using Clutch.Client.Wire;

namespace Clutch.Server.Dashboard.Charts;

/// <summary>A job's lane in the timeline.</summary>
/// <param name="Job">The job.</param>
/// <param name="Runs">Its latest executions.</param>
/// <param name="Due">When it is due next (UTC), soonest first.</param>
public sealed record TimelineLane(string Job, IReadOnlyList<LaneRun> Runs, IReadOnlyList<DateTimeOffset> Due);

/// <summary>An execution in a lane.</summary>
/// <param name="Id">The execution.</param>
/// <param name="Status">Where it stands.</param>
/// <param name="From">When it began (UTC).</param>
/// <param name="To">When it ended (UTC), or null while it runs.</param>
public sealed record LaneRun(long Id, ExecutionStatus Status, DateTimeOffset From, DateTimeOffset? To);
