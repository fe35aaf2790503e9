using System.Globalization;
using Clutch.Executions;

namespace Clutch.Server.Alerts.Rules;

/// <summary>Words of alerts. What jobs say in their errors leaves the house here, so what looks like a secret is masked.</summary>
internal static class AlertTexts
{
    private const int MaxLength = 300;

    /// <summary>An error's text: one line, not too long, without secrets.</summary>
    public static string Masked(string text) => CleanText.Of(CleanText.WithoutSecrets(text.ReplaceLineEndings(" ")), MaxLength);

    /// <summary>The identifying parameters, as people write them on the command line.</summary>
    public static string SubjectOf(JobExecution execution)
    {
        var parameters = execution.Parameters.All.Where(parameter => parameter.Value.IsIdentifying).Select(parameter => $"{parameter.Key}={parameter.Value.Value}").ToList();
        return parameters.Count == 0 ? "no parameters" : Masked(string.Join(' ', parameters));
    }

    public static string PathOf(JobExecution execution) => string.Create(CultureInfo.InvariantCulture, $"/executions/{execution.Id.Value}");

    public static string Span(TimeSpan span) => span switch
    {
        { TotalMinutes: < 1 } => string.Create(CultureInfo.InvariantCulture, $"{span.TotalSeconds:0.#} s"),
        { TotalHours: < 1 } => string.Create(CultureInfo.InvariantCulture, $"{span.TotalMinutes:0.#} min"),
        { TotalDays: < 1 } => string.Create(CultureInfo.InvariantCulture, $"{span.TotalHours:0.#} h"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{span.TotalDays:0.#} days"),
    };

    public static string Instant(DateTimeOffset instant) => instant.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);

    /// <summary>A name as one word of a command line.</summary>
    public static string Word(string name) =>
        name.Length > 0 && name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or '.' or '/' or ':') ? name : $"'{name.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    public static string Count(long count) => count.ToString("#,0", CultureInfo.InvariantCulture);
}
