using System.Globalization;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Demo.Showing;

/// <summary>The words beside a bar: how many of how many, how fast, for how long, and what is going on.</summary>
internal sealed class GaugeColumn(IReadOnlyList<Gauge> gauges) : ProgressColumn
{
    /// <summary>The words of a gauge.</summary>
    public static string TextOf(Gauge gauge)
    {
        var reading = gauge.Reading;
        if (!reading.IsStarted)
            return string.Empty;
        var text = string.Create(CultureInfo.InvariantCulture, $"{reading.Done:N0} of {reading.Total:N0}  {gauge.Rate:N0}/s  {reading.Elapsed.TotalSeconds:N0} s");
        string[] notes = [reading.Note, reading.Idle >= Gauge.Standstill ? string.Create(CultureInfo.InvariantCulture, $"no progress for {reading.Idle.TotalSeconds:N0} s: demo.log says why") : string.Empty];
        return string.Join("  ", [text, .. notes.Where(note => note.Length > 0)]);
    }

    public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime) =>
        new Text(TextOf(gauges.First(gauge => Markup.Escape(gauge.Title) == task.Description)), new Style(Color.Grey)).Overflow(Overflow.Ellipsis);

    protected override bool NoWrap => true;
}
