using Clutch.Cli.Output;
using Clutch.Client.Wire;
using Spectre.Console;

namespace Clutch.Server.Tests.CommandLine;

/// <summary>What the tables show can be read, and given back to a command.</summary>
public sealed class TablesTests
{
    [Fact]
    public void A_run_of_more_than_a_day_shows_all_its_hours_and_an_id_as_commands_take_it()
    {
        using var output = new StringWriter();
        var console = AnsiConsole.Create(new() { Ansi = AnsiSupport.No, ColorSystem = ColorSystemSupport.NoColors, Out = new AnsiConsoleOutput(output) });
        var started = new DateTimeOffset(2026, 11, 22, 1, 0, 0, TimeSpan.Zero);

        new Tables(console).Executions(new([Execution(12_345, started, started.AddHours(26).AddSeconds(5))], Next: null));

        Assert.Contains("12345", output.ToString(), StringComparison.Ordinal);
        Assert.Contains("26:00:05", output.ToString(), StringComparison.Ordinal);
    }

    private static ExecutionView Execution(long id, DateTimeOffset startedAt, DateTimeOffset endedAt) => new()
    {
        Id = id,
        InstanceId = 1,
        Job = "import",
        Attempt = 1,
        Status = ExecutionStatus.Completed,
        Parameters = new Dictionary<string, string>(),
        Node = "node",
        StartedAt = startedAt,
        EndedAt = endedAt,
    };
}
