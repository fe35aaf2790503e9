using Clutch.Client.Wire;

namespace Clutch.Server.Dashboard.Charts;

/// <summary>A line of a Gantt chart.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Spans">When it ran: earlier attempts first.</param>
/// <param name="IsStraggler">Whether it takes more than twice as long as the median of its kind.</param>
public sealed record GanttRow(string Name, IReadOnlyList<GanttSpan> Spans, bool IsStraggler = false);

/// <summary>A run of it.</summary>
/// <param name="From">When it began.</param>
/// <param name="To">When it ended, or null while it runs.</param>
/// <param name="Status">Where it stands.</param>
/// <param name="IsEarlier">Whether it belongs to an earlier attempt.</param>
public sealed record GanttSpan(DateTimeOffset From, DateTimeOffset? To, ExecutionStatus Status, bool IsEarlier = false);
