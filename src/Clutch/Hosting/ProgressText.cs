using System.Globalization;
using Clutch.Steps;

namespace Clutch.Hosting;

/// <summary>Progress in words and as a bar.</summary>
internal static class ProgressText
{
    private const int BarWidth = 28;

    public static string Plain(StepProgressSnapshot step) => $"{step.StepName}: {Share(step)}{Items(step)}{Remaining(step)}";

    public static string Bar(StepProgressSnapshot step, int nameWidth)
    {
        var name = step.StepName.PadRight(nameWidth);
        if (step.Fraction is not { } fraction)
            return $"{name}  {Items(step)}";
        var filled = (int)Math.Round(Math.Clamp(fraction, 0, 1) * BarWidth);
        return $"{name}  [{new string('█', filled)}{new string('░', BarWidth - filled)}] {Share(step)}{Items(step)}{Remaining(step)}";
    }

    /// <summary>A duration as people write it: <c>0.4 s</c>, <c>12 s</c>, <c>3:05 min</c>, <c>1:02:03 h</c>.</summary>
    public static string Time(TimeSpan time) => time switch
    {
        { TotalSeconds: < 10 } => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.0} s"),
        { TotalSeconds: < 60 } => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0} s"),
        { TotalHours: < 1 } => string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalMinutes}:{time.Seconds:00} min"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalHours}:{time.Minutes:00}:{time.Seconds:00} h"),
    };

    private static string Share(StepProgressSnapshot step) =>
        step.Fraction is { } fraction ? string.Create(CultureInfo.InvariantCulture, $"{fraction * 100,3:0} %  ") : string.Empty;

    private static string Items(StepProgressSnapshot step) =>
        string.Create(CultureInfo.InvariantCulture, $"{step.Counts.Read,11:N0} items  {step.ItemsPerSecond,9:N0}/s{Skipped(step)}");

    private static string Skipped(StepProgressSnapshot step) =>
        step.Counts.Skipped == 0 ? string.Empty : string.Create(CultureInfo.InvariantCulture, $"  {step.Counts.Skipped:N0} skipped");

    private static string Remaining(StepProgressSnapshot step) => step.Remaining is { } rest ? $"  {Time(rest)} left" : string.Empty;
}
