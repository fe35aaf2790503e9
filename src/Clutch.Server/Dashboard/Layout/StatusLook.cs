using Clutch.Client.Wire;

namespace Clutch.Server.Dashboard.Layout;

/// <summary>How a status looks: a shape besides the colour, for those who see no colours.</summary>
internal static class StatusLook
{
    /// <summary>The end of its classes: <c>is-failed</c>, <c>mark-failed</c>.</summary>
    public static string Name(ExecutionStatus status) => status switch
    {
        ExecutionStatus.Completed => "completed",
        ExecutionStatus.Started => "started",
        ExecutionStatus.Stopping => "stopping",
        ExecutionStatus.Stopped => "stopped",
        ExecutionStatus.Failed => "failed",
        ExecutionStatus.Abandoned => "abandoned",
        _ => "starting",
    };

    /// <summary>Its shape as an SVG path in a box of 16 by 16.</summary>
    public static string Path(ExecutionStatus status) => status switch
    {
        ExecutionStatus.Completed => "M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1Zm3.6 5.3-4.3 4.9a.8.8 0 0 1-1.2 0L4.2 9.3l1.2-1.1 1.3 1.4 3.7-4.3Z",
        ExecutionStatus.Started => "M3 1.8v12.4c0 .6.7 1 1.2.7l9.6-6.2a.8.8 0 0 0 0-1.4L4.2 1.1C3.7.8 3 1.2 3 1.8Z",
        ExecutionStatus.Stopping => "M2 2h4.5v12H2Zm7.5 0H14v12H9.5Z",
        ExecutionStatus.Stopped => "M2.5 2.5h11v11h-11Z",
        ExecutionStatus.Failed => "M8 .9a.9.9 0 0 0-.8.5L.7 13.5A.9.9 0 0 0 1.5 15h13a.9.9 0 0 0 .8-1.4L8.8 1.4A.9.9 0 0 0 8 .9Zm-.9 4.8h1.8l-.2 4.6H7.3Zm.9 7.3a1 1 0 1 1 0-2 1 1 0 0 1 0 2Z",
        ExecutionStatus.Abandoned => "M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1ZM3.2 8A4.8 4.8 0 0 1 10.7 4.1L4.1 10.7A4.8 4.8 0 0 1 3.2 8Zm2.1 3.9 6.6-6.6a4.8 4.8 0 0 1-6.6 6.6Z",
        _ => "M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1Zm0 2.2A4.8 4.8 0 1 1 8 12.8 4.8 4.8 0 0 1 8 3.2Z",
    };
}
