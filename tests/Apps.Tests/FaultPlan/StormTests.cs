using Xunit.Abstractions;

namespace Apps.Tests.FaultPlan;

/// <summary>The short form of the fault plan: one seed, forty kills. The long form is eng/sku-fault-plan.sh.</summary>
public sealed class StormTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Nothing_is_lost_doubled_or_turned_back_by_forty_kills()
    {
        var options = StormOptions.Parse(["--seed", "1", "--kills", "40", "--skus", "3000", "--time-scale", "0.1", "--kill-mean", "2", "--away", "1", "--copy-delay", "10", "--toggles", "30", "--partition-seconds", "4",
            "--settle", "90", "--fail-point-rounds", "1", "--point-seconds", "70", "--endurance", "0"]);
        var log = new StormLog(Path.GetTempFileName(), echo: null);
        await using var world = await StormWorld.StartAsync(options);

        var violations = await new Storm(options, world, log).RunAsync();

        output.WriteLine(await File.ReadAllTextAsync(log.Path));
        Assert.True(violations.Count == 0, $"{violations.Count} violations with seed {options.Seed}:\n{await File.ReadAllTextAsync(log.Path)}");
        Assert.True(log.CountOf("kill") >= options.Kills);
        File.Delete(log.Path);
    }
}
