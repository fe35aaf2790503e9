namespace Apps.Tests.FaultPlan;

/// <summary>This assembly as a program: <c>eng/sku-fault-plan.sh</c> runs the fault plan with it, outside of any test.</summary>
internal static class FaultPlanProgram
{
    public static async Task<int> Main(string[] arguments)
    {
        var options = StormOptions.Parse(arguments);
        var log = new StormLog(Path.Combine(Environment.CurrentDirectory, $"sku-fault-plan-{options.Store}-{options.Ordering}-{options.Seed}.log"), Console.Out);
        await using var world = await StormWorld.StartAsync(options);
        var violations = await new Storm(options, world, log).RunAsync();
        Console.WriteLine($"{violations.Count} violations; the log is {log.Path}");
        return violations.Count == 0 ? 0 : 1;
    }
}
