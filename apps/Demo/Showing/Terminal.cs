using System.Globalization;
using Spectre.Console;

namespace Demo.Showing;

/// <summary>What people see: bars that move in a terminal, a line every two seconds in a file or a pipe.</summary>
internal static class Terminal
{
    private static readonly TimeSpan FrameInterval = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LineInterval = TimeSpan.FromSeconds(2);

    private const int FileWidth = 240;

    private static readonly IAnsiConsole Output = Create();

    private static bool IsLive => Output.Profile.Capabilities.Interactive && !Console.IsOutputRedirected;

    /// <summary>Says a sentence; brackets are Spectre's markup.</summary>
    public static void Say(FormattableString text) => Output.MarkupLine(string.Create(CultureInfo.InvariantCulture, $"{Escaped(text)}"));

    /// <summary>Shows a table.</summary>
    public static void Show(Table table) => Output.Write(table);

    /// <summary>Shows gauges until the work ends.</summary>
    public static async Task FollowAsync(IReadOnlyList<Gauge> gauges, Task work)
    {
        if (IsLive)
            await DrawAsync(gauges, work);
        else
            await WriteLinesAsync(gauges, work);
        await work;
    }

    private static Task DrawAsync(IReadOnlyList<Gauge> gauges, Task work) => Output.Progress()
        .AutoClear(false)
        .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn { Width = 24 }, new PercentageColumn(), new GaugeColumn(gauges))
        .StartAsync(async context =>
        {
            var bars = gauges.Select(gauge => context.AddTask(Markup.Escape(gauge.Title), autoStart: false)).ToArray();
            while (!work.IsCompleted)
            {
                Move(bars, gauges);
                await Task.WhenAny(work, Task.Delay(FrameInterval, TimeProvider.System));
            }

            Move(bars, gauges);
            // Nothing to do is done, too.
            foreach (var bar in bars.Where(bar => work.IsCompletedSuccessfully && bar.IsStarted))
                bar.Value = bar.MaxValue;
        });

    private static void Move(ProgressTask[] bars, IReadOnlyList<Gauge> gauges)
    {
        foreach (var (bar, gauge) in bars.Zip(gauges))
        {
            var reading = gauge.Reading;
            if (!reading.IsStarted)
                continue;
            if (!bar.IsStarted)
                bar.StartTask();
            bar.MaxValue = Math.Max(1, reading.Total);
            bar.Value = reading.Done;
        }
    }

    private static async Task WriteLinesAsync(IReadOnlyList<Gauge> gauges, Task work)
    {
        while (!work.IsCompleted)
        {
            await Task.WhenAny(work, Task.Delay(LineInterval, TimeProvider.System));
            foreach (var gauge in gauges.Where(gauge => gauge.Reading.IsStarted))
                Output.WriteLine($"  {gauge.Title,-24} {GaugeColumn.TextOf(gauge)}");
        }
    }

    // A file gets plain lines, however long.
    private static IAnsiConsole Create()
    {
        var console = AnsiConsole.Create(Console.IsOutputRedirected ? new() { Ansi = AnsiSupport.No, ColorSystem = ColorSystemSupport.NoColors } : new());
        if (Console.IsOutputRedirected)
            console.Profile.Width = FileWidth;
        return console;
    }

    // Values may hold brackets.
    private static string Escaped(FormattableString text) =>
        string.Format(CultureInfo.InvariantCulture, text.Format, [.. text.GetArguments().Select(value => value is string plain ? Markup.Escape(plain) : value)]);
}
