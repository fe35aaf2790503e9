using System.Text.Json;

namespace Apps.Tests.FaultPlan;

/// <summary>The faults of the calls, as section 2 of the specification gives them.</summary>
internal static class StormFaults
{
    /// <summary>How long a client waits for an answer: longer than the slowest slow one.</summary>
    public static TimeSpan CallTimeoutOf(StormOptions options) => TimeSpan.FromSeconds(2 + (8 * options.TimeScale));

    /// <summary>What never ends is sent again within the storm: some twenty times what 99 of 100 operations take.</summary>
    public static TimeSpan OperationDeadlineOf(StormOptions options) => TimeSpan.FromSeconds(10 + (50 * options.TimeScale));

    public static string StockOrder(StormOptions options) => JsonSerializer.Serialize(new
    {
        rules = Calls(options, "stock"),
        stock = new { repeatedRate = 0.005, shiftedRate = 0.02, omittedRate = 0.001 },
    });

    public static string FulfilmentOrder(StormOptions options) => JsonSerializer.Serialize(new
    {
        rules = Calls(options, "fulfilment"),
        fulfilment = new { forgottenRate = 0.002, endlessRate = 0.001, transientRate = 0.02 },
    });

    private static object[] Calls(StormOptions options, string role)
    {
        var stall = CallTimeoutOf(options).TotalSeconds + 1;
        return
        [
            new { role, kind = "ServerError", rate = 0.05, phase = "Half" },
            new { role, kind = "Reset", rate = 0.02, phase = "Half" },
            new { role, kind = "Twice", rate = 0.01, path = "sku-updates", minSeconds = 0, maxSeconds = options.MaxCopyDelaySeconds },
            new { role, kind = "Slow", rate = 0.05, factor = 5 },
            new { role, kind = "Stall", rate = 0.005, minSeconds = stall, maxSeconds = stall },
            new { role, kind = "TooMany", rate = 0.01, minSeconds = 1, maxSeconds = 3 },
            new { role, kind = "RateLimit", perSecond = 40, minSeconds = 1, maxSeconds = 3 },
            new { role, kind = "Truncated", rate = 0.005 },
        ];
    }
}
