namespace Clutch.Outbox.Storage;

/// <summary>A problem as it is stored: cut, so that no target can fill the database.</summary>
internal static class ProblemText
{
    public static string? Of(Problem? problem)
    {
        if (problem is null)
            return null;
        var text = problem.Status is { } status ? string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{status} {problem}") : problem.ToString();
        return text.Length <= Problem.MaxTextLength ? text : string.Concat(text.AsSpan(0, Problem.MaxTextLength - 1), "…");
    }

    public static string? TypeOf(Problem? problem) => problem?.Type is { Length: > 200 } type ? type[..200] : problem?.Type;
}
