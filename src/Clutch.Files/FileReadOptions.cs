using System.Text;

namespace Clutch.Files;

/// <summary>Whether a file is compressed.</summary>
public enum FileCompression
{
    /// <summary>gzip where the name ends in <c>.gz</c>, else none.</summary>
    ByName,

    /// <summary>Not compressed, whatever its name.</summary>
    None,

    /// <summary>gzip, whatever its name.</summary>
    Gzip,
}

/// <summary>How the bytes of an input file are read.</summary>
public record FileReadOptions
{
    private const int LargestMaximum = 1 << 30;

    /// <summary>The file's encoding; null, the default, is UTF-8 with or without byte order mark.</summary>
    /// <remarks>
    /// Any other is converted while reading, so that a restart converts the file again up to its checkpoint instead of going there at once. Bytes
    /// that are not valid in this encoding end the step.
    /// </remarks>
    public Encoding? Encoding { get; init; }

    /// <summary>Whether the file is compressed: by its name, by default.</summary>
    /// <remarks>A restart decompresses the file again up to its checkpoint, without parsing it.</remarks>
    public FileCompression Compression { get; init; } = FileCompression.ByName;

    /// <summary>The longest record, in bytes of UTF-8 with its line ends: 1 to 1,073,741,824, 1 MiB by default. A longer one ends the step.</summary>
    /// <remarks>It bounds the memory that a quotation mark which is never closed can take.</remarks>
    public int MaxRecordLength
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, LargestMaximum);
            field = value;
        }
    } = 1 << 20;

    /// <summary>Whether a restart refuses a compressed or converted file whose time of modification changed while its length and first 4 KiB did not; true by default.</summary>
    /// <remarks>
    /// Turn it off where files are copied between execution and restart without their times. Of a plain file the time does not matter: it is refused if
    /// bytes before the checkpoint changed, while rows behind it may be mended before the restart.
    /// </remarks>
    public bool ChecksModificationTime { get; init; } = true;

    /// <summary>The first size of the buffer in bytes; tests make it small so that records straddle its border.</summary>
    /// <remarks>256 KiB: larger ones measured no faster (docs/decisions/0001-own-delimited-parser.md).</remarks>
    internal int BufferSize { get; init; } = 256 * 1024;

    internal bool IsGzip(string path) => Compression switch
    {
        FileCompression.Gzip => true,
        FileCompression.None => false,
        _ => path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase),
    };
}
