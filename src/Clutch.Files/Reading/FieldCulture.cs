using System.Globalization;

namespace Clutch.Files.Reading;

/// <summary>How a culture writes values, with its patterns of dates found once a file format.</summary>
/// <remarks>
/// The runtime's general parser would do with less than a whole date: it completes <c>12:30</c> and <c>3.4.</c> from the day on which the job happens to
/// run. So values are held against the culture's patterns that name day, month and year.
/// </remarks>
internal sealed class FieldCulture(CultureInfo culture)
{
    private static readonly string[] Offsets = [string.Empty, " zzz", "zzz"];

    public CultureInfo Culture { get; } = culture;

    public bool IsInvariant => ReferenceEquals(Culture, CultureInfo.InvariantCulture);

    public string[] DatePatterns => field ??= [.. Dates()];

    /// <summary>The dates alone and with each time of day, with and without offset.</summary>
    public string[] InstantPatterns => field ??=
    [
        .. DatePatterns,
        .. from offset in Offsets
           from time in Times()
           from date in DatePatterns
           select $"{date} {time}{offset}",
    ];

    private IEnumerable<string> Dates() => Patterns("dD").Where(IsWhole).Where(IsUnmistakable).SelectMany(WithYearsOfBothLengths).Distinct(StringComparer.Ordinal);

    private IEnumerable<string> Times() => Patterns("Tt").Select(parts => string.Concat(parts)).Distinct(StringComparer.Ordinal);

    private IEnumerable<List<string>> Patterns(string kinds) => kinds.SelectMany(Culture.DateTimeFormat.GetAllDateTimePatterns).Select(Parts);

    private static bool IsWhole(List<string> parts) => parts.Exists(IsYear) && parts.Exists(part => part[0] == 'M') && parts.Contains("d");

    // A culture made from another one keeps its further patterns: with day and month the other way round they would take a wrong date for a right one.
    private bool IsUnmistakable(List<string> parts) => !parts.Contains("M") || IsDayFirst(parts) == IsDayFirst(Parts(Culture.DateTimeFormat.ShortDatePattern));

    private static bool IsDayFirst(List<string> parts) => parts.IndexOf("d") < parts.IndexOf("M");

    private static IEnumerable<string> WithYearsOfBothLengths(List<string> parts) => [WithYear(parts, "yyyy"), WithYear(parts, "yy")];

    private static string WithYear(List<string> parts, string year) => string.Concat(parts.Select(part => IsYear(part) ? year : part));

    private static bool IsYear(string part) => part[0] == 'y';

    /// <summary>The pattern's runs of one letter, and its texts in quotation marks.</summary>
    private static List<string> Parts(string pattern)
    {
        var parts = new List<string>();
        for (var rest = pattern; rest.Length > 0; rest = rest[parts[^1].Length..])
            parts.Add(rest[..PartLength(rest)]);
        return parts.ConvertAll(WithAnyDigits);
    }

    private static int PartLength(string pattern) => pattern[0] switch
    {
        '\\' => Math.Min(2, pattern.Length),
        '\'' => pattern.IndexOf('\'', 1) is var end and > 0 ? end + 1 : pattern.Length,
        var letter => pattern.AsSpan().IndexOfAnyExcept(letter) is var length and > 0 ? length : pattern.Length,
    };

    // 'dd' would take two digits and no fewer; 'd' takes both '3' and '03'.
    private static string WithAnyDigits(string part) => part is "dd" or "MM" or "HH" or "hh" ? part[..1] : part;
}
