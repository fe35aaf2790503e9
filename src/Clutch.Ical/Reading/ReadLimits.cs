using System.Runtime.CompilerServices;

namespace Clutch.Ical.Reading;

/// <summary>How much of a feed a reader takes before it cuts, leaves out or refuses. The defaults fit feeds from strangers.</summary>
public sealed record ReadLimits
{
    // Inner components are made by recursion; this depth is far from any stack's end.
    private const int MostNesting = 1_000;

    /// <summary>Bytes of the whole feed, decoded: 20 MB by default. More of them and it is refused.</summary>
    public long BodyBytes { get; init; } = 20L * 1024 * 1024;

    /// <summary>Components, nested ones included: 50,000 by default. More of them and the feed is refused.</summary>
    public int Components { get; init; } = 50_000;

    /// <summary>Components inside one another, VCALENDAR included: 64 by default, 1,000 at most. Deeper and the feed is refused.</summary>
    public int Nesting { get; init; } = 64;

    /// <summary>Bytes of an unfolded line: 1 MB by default. A longer line is a bad line.</summary>
    public int LineBytes { get; init; } = 1024 * 1024;

    /// <summary>Bytes of an unfolded line that are kept in memory: 64 KB by default. A longer text is cut, any other longer property is left out.</summary>
    public int KeptLineBytes { get; init; } = 64 * 1024;

    /// <summary>Properties of one component and those inside it, and of all the feed's calendars themselves: 10,000 by default. The rest is left out.</summary>
    public int ComponentProperties { get; init; } = 10_000;

    /// <summary>Bytes of one component and those inside it: 4 MB by default. Properties beyond are left out.</summary>
    public int ComponentBytes { get; init; } = 4 * 1024 * 1024;

    /// <summary>Dates in the RDATE and in the EXDATE lines of one component: 1,000 each by default. The rest is ignored.</summary>
    public int Dates { get; init; } = 1_000;

    /// <summary>Bytes of a SUMMARY: 1 KB by default.</summary>
    public int SummaryBytes { get; init; } = 1024;

    /// <summary>Bytes of a DESCRIPTION: 32 KB by default.</summary>
    public int DescriptionBytes { get; init; } = 32 * 1024;

    /// <summary>Bytes of a LOCATION: 2 KB by default.</summary>
    public int LocationBytes { get; init; } = 2 * 1024;

    /// <summary>Faults told one by one: 100 by default. All are counted.</summary>
    public int Faults { get; init; } = 100;

    /// <summary>No limit but those of the process: for files you wrote yourself.</summary>
    /// <remarks>A single component is still held whole, and no array can pass 2 GB.</remarks>
    public static ReadLimits None { get; } = new()
    {
        BodyBytes = long.MaxValue,
        Components = int.MaxValue,
        LineBytes = int.MaxValue,
        KeptLineBytes = int.MaxValue,
        ComponentProperties = int.MaxValue,
        ComponentBytes = int.MaxValue,
        Dates = int.MaxValue,
        SummaryBytes = int.MaxValue,
        DescriptionBytes = int.MaxValue,
        LocationBytes = int.MaxValue,
    };

    internal void ThrowIfInvalid()
    {
        Positive(BodyBytes);
        Positive(Components);
        Positive(Nesting);
        Positive(MostNesting + 1L - Nesting);
        Positive(LineBytes);
        Positive(KeptLineBytes);
        Positive(ComponentProperties);
        Positive(ComponentBytes);
        Positive(SummaryBytes);
        Positive(DescriptionBytes);
        Positive(LocationBytes);
        Positive(Dates + 1L);
        Positive(Faults + 1L);
    }

    private static void Positive(long value, [CallerArgumentExpression(nameof(value))] string name = "") =>
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value, name);
}
