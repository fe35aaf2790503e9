using System.Globalization;
using Spectre.Console;

namespace Demo.Showing;

/// <summary>What happened, as a table: an application a column, so that it fits the narrowest terminal.</summary>
internal static class OutcomeTable
{
    public static Table Of(IReadOnlyList<Outcome> outcomes)
    {
        var table = new Table().Border(TableBorder.Rounded).AddColumn(string.Empty);
        foreach (var outcome in outcomes)
            table.AddColumn(new TableColumn(outcome.Name).RightAligned().NoWrap());
        Add("items", outcome => Text($"{outcome.Items:N0}"));
        Add("time", outcome => Text($"{outcome.Elapsed.TotalSeconds:0.0} s"));
        Add("rate", outcome => Text($"{outcome.Rate:N0}/s"));
        Add("faults met", outcome => Text($"{outcome.Faults:N0}"));
        Add("retried", outcome => Text($"{outcome.Retried:N0}"));
        Add("dead letters", outcome => Text($"{outcome.DeadLetters:N0}"));
        Add("lost", outcome => Judged(outcome, outcome.Lost));
        Add("doubled", outcome => Judged(outcome, outcome.Doubled));
        return table;

        void Add(string name, Func<Outcome, string> cell) => table.AddRow([name, .. outcomes.Select(cell)]);
    }

    private static string Judged(Outcome outcome, long count) => count > 0 ? Text($"[red]{count:N0}[/]") : outcome.Compared > 0 ? "[green]0[/]" : "[red]not compared[/]";

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
