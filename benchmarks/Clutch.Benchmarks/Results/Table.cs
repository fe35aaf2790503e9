namespace Clutch.Benchmarks.Results;

/// <summary>A table with a question above it and the aim below.</summary>
internal sealed class Table(string question, params string[] columns)
{
    private readonly List<string> _rows = [];

    public Table Add(params string[] cells)
    {
        _rows.Add(Line(cells));
        return this;
    }

    public void Write(TextWriter output, params string[] notes)
    {
        output.WriteLine($"## {question}");
        output.WriteLine();
        output.WriteLine(Line(columns));
        output.WriteLine(Line(Array.ConvertAll(columns, _ => "---")));
        foreach (var row in _rows)
            output.WriteLine(row);
        output.WriteLine();
        foreach (var note in notes)
            output.WriteLine(note);
        output.WriteLine();
    }

    private static string Line(string[] cells) => $"| {string.Join(" | ", cells)} |";
}
