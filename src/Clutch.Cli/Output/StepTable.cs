using System.Globalization;
using Clutch.Client.Wire;
using Spectre.Console;

namespace Clutch.Cli.Output;

/// <summary>The steps of an execution as a table.</summary>
internal static class StepTable
{
    private const int BarWidth = 20;

    public static Table Of(IReadOnlyList<StepProgressView> steps)
    {
        var table = new Table { Border = TableBorder.Simple }.AddColumns("step", "status", "progress", "read", "written", "filtered", "skipped", "a second", "left");
        foreach (var step in steps)
            table.AddRow([.. Cells(step).Select(cell => new Text(cell))]);
        return table;
    }

    public static string Span(TimeSpan span) => span.TotalHours >= 1
        ? string.Create(CultureInfo.InvariantCulture, $"{(int)span.TotalHours}:{span:mm\\:ss}")
        : span.TotalMinutes >= 1 ? span.ToString(@"m\:ss", CultureInfo.InvariantCulture) : span.TotalSeconds.ToString("0.0 s", CultureInfo.InvariantCulture);

    private static IEnumerable<string> Cells(StepProgressView step)
    {
        yield return step.Step;
        yield return step.Status.ToString();
        yield return Bar(step);
        yield return Number(step.Counts.Read);
        yield return Number(step.Counts.Written);
        yield return Number(step.Counts.Filtered);
        yield return Number(step.Counts.ReadSkipped + step.Counts.ProcessSkipped + step.Counts.WriteSkipped);
        yield return Number((long)step.ItemsPerSecond);
        yield return step.RemainingSeconds is { } seconds ? Span(TimeSpan.FromSeconds(seconds)) : string.Empty;
    }

    private static string Bar(StepProgressView step)
    {
        if (step.Partitions is { } partitions)
            return $"{Number(partitions.Completed)} of {Number(partitions.Total)} partitions";
        if (step.Fraction is not { } fraction)
            return string.Empty;
        var done = (int)(Math.Clamp(fraction, 0, 1) * BarWidth);
        return $"{new string('█', done)}{new string('░', BarWidth - done)} {fraction.ToString("0 %", CultureInfo.InvariantCulture)}";
    }

    private static string Number(long number) => number.ToString("#,0", CultureInfo.InvariantCulture);
}
