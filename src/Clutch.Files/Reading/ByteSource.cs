using System.Text;

namespace Clutch.Files.Reading;

/// <summary>An input file's text as UTF-8 bytes, decompressed and converted where needed.</summary>
internal sealed class ByteSource : IAsyncDisposable
{
    private const int CompressedBufferSize = 64 * 1024;
    private readonly FileStream _file;
    private readonly Stream _text;
    private readonly InputFile _input;

    private ByteSource(FileStream file, Stream text, InputFile input)
    {
        _file = file;
        _text = text;
        _input = input;
        Identity = FileIdentity.Of(file.SafeFileHandle);
    }

    /// <summary>The file as it was when it was opened.</summary>
    public FileIdentity Identity { get; }

    /// <summary>How to know the file again at a place of its text.</summary>
    public FileIdentity IdentityAt(long position) => CanSeek ? FileIdentity.At(_file.SafeFileHandle, position, Identity) : Identity;

    /// <summary>Whether the file can be entered at any place of its text.</summary>
    public bool CanSeek => ReferenceEquals(_file, _text);

    /// <summary>The bytes of the file that were read so far, compressed where it is.</summary>
    public long ReadLength => _file.Position;

    /// <exception cref="IOException">There is no such file, it is a directory, or it cannot be read.</exception>
    public static ByteSource Open(InputFile input, FileReadOptions options)
    {
        var isGzip = options.IsGzip(input.Path);
        var file = OpenFile(input, isGzip ? CompressedBufferSize : 0);
        try
        {
            Stream text = isGzip ? new GzipText(file) : file;
            if (options.Encoding is { } encoding and not UTF8Encoding)
                text = Encoding.CreateTranscodingStream(text, Strict(encoding), new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
            return new(file, text, input);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    public async ValueTask<int> ReadAsync(Memory<byte> bytes, CancellationToken cancellationToken)
    {
        try
        {
            var count = await _text.ReadAsync(bytes, cancellationToken);
            if (count == 0)
                CheckUnchanged();
            return count;
        }
        catch (InvalidDataException fault)
        {
            throw new InvalidDataException(
                $"'{_input.Name}' is not sound gzip data: {fault.Message} It may be cut off or not compressed at all: fetch it again, or set 'Compression'.", fault);
        }
        catch (DecoderFallbackException fault)
        {
            throw new InvalidDataException($"'{_input.Name}' holds bytes that are not valid in its encoding: {fault.Message} Set 'Encoding' to the right one.", fault);
        }
    }

    public void Seek(long position) => _file.Position = position;

    public async ValueTask DisposeAsync()
    {
        await _text.DisposeAsync();
        await _file.DisposeAsync();
    }

    private static FileStream OpenFile(InputFile input, int bufferSize)
    {
        if (Directory.Exists(input.Path))
            throw new IOException($"'{input.Name}' is a directory, not a file. Name a file, or a pattern such as '{Path.Join(input.Name, "*.csv")}'.");
        try
        {
            var file = new FileStream(input.Path, new FileStreamOptions
            {
                Access = FileAccess.Read,
                Share = FileShare.Read | FileShare.Delete,
                BufferSize = bufferSize,
                Options = FileOptions.SequentialScan,
            });
            return file.CanSeek ? file : throw NotRegular(file, input);
        }
        catch (Exception fault) when (fault is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new FileNotFoundException(
                $"There is no file '{input.Name}' (looked for '{Path.GetFullPath(input.Path)}'). Put it there, or correct the path.", input.Path, fault);
        }
        catch (UnauthorizedAccessException fault)
        {
            throw new UnauthorizedAccessException($"'{input.Name}' cannot be read: the process has no permission. Grant it read access to '{Path.GetFullPath(input.Path)}'.", fault);
        }
    }

    private static IOException NotRegular(FileStream file, InputFile input)
    {
        file.Dispose();
        return new($"'{input.Name}' is not a regular file but a pipe or device, which a restart could not enter again. Save it as a file first.");
    }

    private static Encoding Strict(Encoding encoding)
    {
        var strict = (Encoding)encoding.Clone();
        strict.DecoderFallback = DecoderFallback.ExceptionFallback;
        return strict;
    }

    // A file still being written would be read up to some accidental place and pass for complete.
    private void CheckUnchanged()
    {
        var length = RandomAccess.GetLength(_file.SafeFileHandle);
        if (length != Identity.Length)
        {
            throw new IOException(
                $"'{_input.Name}' changed while it was read: it had {Identity.Length} bytes and now has {length}. " +
                "Let its producer write under another name and rename it when it is complete, then launch a new job instance.");
        }
    }
}
