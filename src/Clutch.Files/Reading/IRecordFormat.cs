namespace Clutch.Files.Reading;

/// <summary>A record as it lies in the buffer.</summary>
/// <param name="FileName">The file's name.</param>
/// <param name="LineNumber">The line on which it begins, from 1.</param>
/// <param name="Bytes">Its bytes without line end.</param>
/// <param name="Defect">Why it is not well-formed, or null.</param>
internal readonly record struct RawRecord(string FileName, long LineNumber, ArraySegment<byte> Bytes, string? Defect)
{
    public FileRecordException NotWellFormed(string defect) => new(
        $"{FileName}:{LineNumber} is not a well-formed record. {defect}. Correct the file, or let the step skip such records.", FileName, LineNumber);
}

/// <summary>A file format: how records are cut, and what becomes of one.</summary>
internal interface IRecordFormat<T>
{
    /// <summary>Finds where records end.</summary>
    RecordSplitter Splitter { get; }

    /// <summary>Whether the first record of each file names the columns.</summary>
    bool HasHeader { get; }

    /// <summary>Gets ready for the records of a file.</summary>
    /// <param name="fileName">The file's name.</param>
    /// <param name="header">Its first record, just found by the splitter, or null in a format without header.</param>
    /// <exception cref="FileHeaderException">The header lacks a column.</exception>
    void StartFile(string fileName, RawRecord? header);

    /// <summary>Makes the item of the record that the splitter found last.</summary>
    T Map(in RawRecord record);
}
