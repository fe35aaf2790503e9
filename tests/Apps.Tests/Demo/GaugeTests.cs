using Clutch.Testing;
using Demo.Showing;
using Microsoft.Extensions.Logging.Abstractions;
using Spectre.Console;

namespace Apps.Tests.Demo;

/// <summary>What people see while the demo is at work, and at its end.</summary>
public sealed class GaugeTests
{
    private const string Standstill = "no progress for 30 s: demo.log says why";

    private readonly ManualClock _clock = new();

    [Fact]
    public void A_standstill_is_told_until_something_moves()
    {
        var gauge = Begun(done: 3, total: 10);

        _clock.Advance(TimeSpan.FromSeconds(29));
        gauge.Set(3, 10, "2 refused");
        var before = GaugeColumn.TextOf(gauge);
        _clock.Advance(TimeSpan.FromSeconds(1));
        var standing = GaugeColumn.TextOf(gauge);
        gauge.Set(4, 10);
        var moved = GaugeColumn.TextOf(gauge);

        Assert.DoesNotContain("no progress", before, StringComparison.Ordinal);
        Assert.EndsWith($"2 refused  {Standstill}", standing, StringComparison.Ordinal);
        Assert.DoesNotContain("no progress", moved, StringComparison.Ordinal);
    }

    [Fact]
    public void Who_waits_for_a_person_or_is_done_does_not_stand_still()
    {
        var (waiting, done) = (Begun(done: 3, total: 10), Begun(done: 10, total: 10));

        _clock.Advance(TimeSpan.FromSeconds(29));
        waiting.Wait();
        _clock.Advance(TimeSpan.FromSeconds(29));

        Assert.DoesNotContain("no progress", GaugeColumn.TextOf(waiting), StringComparison.Ordinal);
        Assert.DoesNotContain("no progress", GaugeColumn.TextOf(done), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_look_that_fails_is_not_the_last()
    {
        using var end = new CancellationTokenSource();
        var looks = 0;

        await Repetition.RunAsync(
            _ =>
            {
                if (++looks == 3)
                    end.Cancel();
                throw new InvalidOperationException("The database is busy.");
            },
            TimeSpan.FromMilliseconds(1),
            NullLogger.Instance,
            end.Token);

        Assert.Equal(3, looks);
    }

    [Fact]
    public void Books_without_content_are_not_called_right()
    {
        var table = Rendered(new() { Name = "SKUs", Items = 0, Elapsed = TimeSpan.Zero, Rate = 0, Faults = 0, Retried = 0 });

        Assert.Equal(["not compared"], DemoFolder.Row(table, "lost"));
        Assert.Equal(["not compared"], DemoFolder.Row(table, "doubled"));
    }

    private static string Rendered(Outcome outcome)
    {
        using var text = new StringWriter();
        var console = AnsiConsole.Create(new() { Ansi = AnsiSupport.No, ColorSystem = ColorSystemSupport.NoColors, Out = new AnsiConsoleOutput(text) });
        console.Write(OutcomeTable.Of([outcome]));
        return text.ToString();
    }

    private Gauge Begun(long done, long total)
    {
        var gauge = new Gauge("SKUs delivered", _clock);
        gauge.Begin(done, total);
        gauge.Set(done, total);
        return gauge;
    }
}
