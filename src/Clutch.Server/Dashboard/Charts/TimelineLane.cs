using Clutch.Client.Wire;

namespace Clutch.Server.Dashboard.Charts;

/// <summary>A job's lane in the timeline.</summary>
/// <param name="Job">The job.</param>
/// <param name="Runs">Its latest executions.</param>
/// <param name="Due">When it is due next (UTC), soonest first.</param>
public sealed record TimelineLane(string Job, IReadOnlyList<RunView> Runs, IReadOnlyList<DateTimeOffset> Due);
