namespace Clutch.Files;

/// <summary>A file does not have the columns that the mapping asks for. It ends the step, for no record of that file can be read.</summary>
public sealed class FileHeaderException : Exception
{
    internal FileHeaderException(string message, string fileName, string? column, IReadOnlyList<string> header)
        : base(message)
    {
        FileName = fileName;
        Column = column;
        Header = header;
    }

    /// <summary>The file's name as the reader was given it.</summary>
    public string FileName { get; }

    /// <summary>The column that is missing or ambiguous, or null where the header itself is missing.</summary>
    public string? Column { get; }

    /// <summary>The columns that the file has.</summary>
    public IReadOnlyList<string> Header { get; }
}
