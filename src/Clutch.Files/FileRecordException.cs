namespace Clutch.Files;

/// <summary>A record of a file that cannot become an item: a value of the wrong type, or a record that is not well-formed.</summary>
/// <remarks>It is the fault of a reject, so skip rules for <see cref="FormatException"/> apply to it.</remarks>
public sealed class FileRecordException : FormatException
{
    internal FileRecordException(string message, string fileName, long lineNumber, Exception? inner = null)
        : base(message, inner)
    {
        FileName = fileName;
        LineNumber = lineNumber;
    }

    /// <summary>The file's name as the reader was given it.</summary>
    public string FileName { get; }

    /// <summary>The line on which the record begins, from 1, the header counted.</summary>
    public long LineNumber { get; }

    /// <summary>The column at fault, or null where the record as a whole is.</summary>
    public string? Column { get; internal init; }

    /// <summary>The value at fault, cut to 100 characters, or null where the record as a whole is.</summary>
    public string? Value { get; internal init; }

    /// <summary>What the value should have been, or null where the record as a whole is at fault.</summary>
    public Type? ExpectedType { get; internal init; }
}
