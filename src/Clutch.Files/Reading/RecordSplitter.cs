namespace Clutch.Files.Reading;

/// <summary>The extent of one record at the front of some bytes.</summary>
/// <param name="Length">Its bytes with the line end.</param>
/// <param name="ContentLength">Its bytes without the line end.</param>
/// <param name="LineCount">How many lines it takes.</param>
/// <param name="Defect">Why it is not well-formed, or null.</param>
internal readonly record struct RecordExtent(int Length, int ContentLength, int LineCount, string? Defect)
{
    public bool IsBlank => ContentLength == 0;
}

/// <summary>Finds where records end.</summary>
internal abstract class RecordSplitter
{
    protected const byte CarriageReturn = (byte)'\r';
    protected const byte LineFeed = (byte)'\n';

    /// <summary>Finds the record at the front of <paramref name="data"/>, which is not empty; false when its end needs more bytes.</summary>
    /// <param name="data">What is in the buffer.</param>
    /// <param name="isLast">Whether nothing follows it in the file.</param>
    /// <param name="record">The record found.</param>
    public abstract bool TrySplit(ReadOnlySpan<byte> data, bool isLast, out RecordExtent record);

    /// <summary>How long the line end at <paramref name="at"/> is: 1 or 2, or 0 when a byte more is needed to tell.</summary>
    protected static int LineEndLength(ReadOnlySpan<byte> data, int at, bool isLast)
    {
        if (data[at] == LineFeed)
            return 1;
        if (at + 1 == data.Length)
            return isLast ? 1 : 0;
        return data[at + 1] == LineFeed ? 2 : 1;
    }
}
