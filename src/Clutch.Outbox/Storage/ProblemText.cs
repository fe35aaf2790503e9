using System.Globalization;
using Clutch.Executions;

namespace Clutch.Outbox.Storage;

/// <summary>A problem as it is stored and logged: without what looks like a secret; cut, so that no target can fill the database, and of what a database takes, so that none can keep an outcome from being stored.</summary>
internal static class ProblemText
{
    private const int MaxTypeLength = 200;

    // A secret that the cut goes through would not be known as one any more.
    private const int MaxSearchedLength = 4 * Problem.MaxTextLength;

    public static string? Of(Problem? problem)
    {
        if (problem is null)
            return null;
        var text = problem.Status is { } status ? string.Create(CultureInfo.InvariantCulture, $"{status} {problem}") : problem.ToString();
        return CleanText.Of(CleanText.WithoutSecrets(CleanText.Of(text, MaxSearchedLength)), Problem.MaxTextLength);
    }

    /// <summary>Null only where there is no problem: a target's JSON may hold a type of null.</summary>
    public static string? TypeOf(Problem? problem) => problem is null ? null : CleanText.Of(string.IsNullOrEmpty(problem.Type) ? "unknown" : problem.Type, MaxTypeLength);
}
