using Clutch.Jobs;
using Clutch.Steps;

namespace Clutch.Hosting;

/// <summary>Shows a run's progress while it lasts: bars that are drawn over on a terminal, a line now and then in a pipe.</summary>
internal sealed class ProgressDisplay : IAsyncDisposable
{
    private static readonly TimeSpan TerminalInterval = TimeSpan.FromMilliseconds(120);
    private static readonly TimeSpan PipeInterval = TimeSpan.FromSeconds(5);
    private readonly JobRun _run;
    private readonly CommandOutput _lines;
    private readonly TextWriter _terminal;
    private readonly bool _isTerminal;
    private readonly PeriodicTimer _timer;
    private readonly Task _work;
    private int _drawnLines;

    public ProgressDisplay(JobRun run, CommandOutput lines, TextWriter terminal, bool isTerminal, bool isQuiet)
    {
        _run = run;
        _lines = lines;
        _terminal = terminal;
        _isTerminal = isTerminal;
        _timer = new(isTerminal ? TerminalInterval : PipeInterval);
        _work = isQuiet ? Task.CompletedTask : Task.Run(ShowAsync);
    }

    public async ValueTask DisposeAsync()
    {
        // The timer's end is no exception: the first one of a process has its stack looked up in the symbols, which takes a tiny job a part of its time.
        _timer.Dispose();
        await _work;
    }

    private async Task ShowAsync()
    {
        while (await _timer.WaitForNextTickAsync())
            Show();
        // The run has ended; its last state is drawn once more.
        if (_isTerminal)
            Draw(_run.Progress);
    }

    private void Show()
    {
        if (_isTerminal)
            Draw(_run.Progress);
        else
            _lines.Progress(_run.Execution, _run.Progress);
    }

    private void Draw(IReadOnlyList<StepProgressSnapshot> steps)
    {
        // ECMA-48: CSI n A goes up n lines, CSI K clears to the end of the line.
        if (_drawnLines > 0)
            _terminal.Write($"\e[{_drawnLines}A");
        var nameWidth = steps.Count == 0 ? 0 : steps.Max(step => step.StepName.Length);
        foreach (var step in steps)
            _terminal.WriteLine($"\r{ProgressText.Bar(step, nameWidth)}\e[K");
        _drawnLines = steps.Count;
        _terminal.Flush();
    }
}
