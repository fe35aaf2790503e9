namespace CalendarSync.Input;

/// <summary>The colours of calendars and events. They have names, for a page that forbids inline styles colours by class; each is legible in light and dark.</summary>
internal static class Palette
{
    /// <summary>What an event or subscription gets that names none.</summary>
    public const string Default = "blue";

    /// <summary>All names.</summary>
    public static readonly IReadOnlyList<string> Names = ["blue", "teal", "green", "olive", "amber", "orange", "red", "pink", "purple", "brown", "gray"];

    /// <summary>Complains about a colour that has no name here.</summary>
    public static void Check(FieldErrors errors, string field, string color)
    {
        if (!Names.Contains(color, StringComparer.Ordinal))
            errors.Add(field, $"Choose one of: {string.Join(", ", Names)}.");
    }
}
