using Clutch.Executions;

namespace Clutch.Outbox.Storage;

/// <summary>A problem as it is stored: cut, so that no target can fill the database.</summary>
internal static class ProblemText
{
    private const int MaxTypeLength = 200;

    public static string? Of(Problem? problem)
    {
        if (problem is null)
            return null;
        var text = problem.Status is { } status ? string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{status} {problem}") : problem.ToString();
        return CleanText.Of(text, Problem.MaxTextLength);
    }

    public static string? TypeOf(Problem? problem) => problem is null ? null : CleanText.Of(problem.Type, MaxTypeLength);
}
