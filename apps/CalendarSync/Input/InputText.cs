using System.Text;

namespace CalendarSync.Input;

/// <summary>Texts from users: cleaned of what no program can show, and bounded.</summary>
internal static class InputText
{
    /// <summary>One line: control characters become blanks, blanks around it go.</summary>
    public static string Line(string? text) => Clean(text, static _ => false);

    /// <summary>Several lines: line ends stay, as LF.</summary>
    public static string Lines(string? text) => Clean(text?.ReplaceLineEndings("\n"), static character => character is '\n' or '\t');

    /// <summary>Null where nothing is left.</summary>
    public static string? OrNull(string text) => text.Length == 0 ? null : text;

    /// <summary>Complains about a text that is longer than a limit.</summary>
    public static void CheckLength(FieldErrors errors, string field, string text, int longest)
    {
        if (text.Length > longest)
            errors.Add(field, $"At most {longest} characters, please; these are {text.Length}.");
    }

    private static string Clean(string? text, Func<char, bool> keeps)
    {
        if (string.IsNullOrEmpty(text))
            return string.Empty;
        var clean = new StringBuilder(text.Length);
        for (var at = 0; at < text.Length; at++)
        {
            var character = text[at];
            if (char.IsHighSurrogate(character) && at + 1 < text.Length && char.IsLowSurrogate(text[at + 1]))
                clean.Append(character).Append(text[++at]);
            else if (char.IsSurrogate(character))
                clean.Append('\uFFFD');
            else
                clean.Append(char.IsControl(character) && !keeps(character) ? ' ' : character);
        }

        return clean.ToString().Trim();
    }
}
