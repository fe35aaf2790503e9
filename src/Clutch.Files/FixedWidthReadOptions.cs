using System.Globalization;

namespace Clutch.Files;

/// <summary>In what the columns of a fixed-width file are counted.</summary>
public enum FixedWidthUnit
{
    /// <summary>Characters (Unicode code points).</summary>
    Characters,

    /// <summary>Bytes of the text in the file's encoding, as layouts of a double-byte one (Shift JIS, EUC-KR and code page 949, GBK) count.</summary>
    Bytes,
}

/// <summary>A column of a fixed-width file.</summary>
/// <param name="Name">Its name, by which a mapping asks for it.</param>
/// <param name="Start">Its first place in the line, counted from 1 as record layouts do.</param>
/// <param name="Length">How many places it takes, at least 1.</param>
public sealed record FixedWidthColumn(string Name, int Start, int Length)
{
    internal int End => Start - 1 + Length;
}

/// <summary>How a fixed-width file is read: one record a line.</summary>
public sealed record FixedWidthReadOptions : FileReadOptions
{
    /// <summary>In what starts and lengths are counted: characters, by default.</summary>
    public FixedWidthUnit Unit { get; init; } = FixedWidthUnit.Characters;

    /// <summary>The exact length of each line in <see cref="Unit"/>; null, the default, asks only that every column is there in full.</summary>
    public int? RecordLength
    {
        get;
        init
        {
            if (value is { } length)
                ArgumentOutOfRangeException.ThrowIfNegativeOrZero(length, nameof(value));
            field = value;
        }
    }

    /// <summary>Whether blanks around values are removed; true by default.</summary>
    public bool Trims { get; init; } = true;

    /// <summary>The culture of numbers and dates, invariant by default.</summary>
    public CultureInfo Culture
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            field = value;
        }
    } = CultureInfo.InvariantCulture;
}
