namespace Clutch.Files.Reading;

/// <summary>One record a line; lines end with LF, CR LF or CR, the last one also with the file.</summary>
internal sealed class LineSplitter : RecordSplitter
{
    public override bool TrySplit(ReadOnlySpan<byte> data, bool isLast, out RecordExtent record)
    {
        record = default;
        var length = data.IndexOfAny(LineFeed, CarriageReturn);
        if (length < 0)
        {
            record = new(data.Length, data.Length, 1, Defect: null);
            return isLast;
        }

        var lineEnd = LineEndLength(data, length, isLast);
        record = new(length + lineEnd, length, 1, Defect: null);
        return lineEnd > 0;
    }
}
