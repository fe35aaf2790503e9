using System.Globalization;
using Microsoft.Win32.SafeHandles;

namespace Clutch.Files.Writing;

/// <summary>An output file in the making: it grows as <c>name.partial</c> beside its target and gets its name when it is complete.</summary>
internal sealed class PartialFile : IDisposable
{
    public const string Suffix = ".partial";
    private readonly string _target;
    private readonly string _partial;
    private readonly bool _overwrites;
    private SafeFileHandle? _handle;
    private OutputPlace? _published;

    private PartialFile(string target, bool overwrites)
    {
        _target = Path.GetFullPath(target);
        _partial = _target + Suffix;
        _overwrites = overwrites;
    }

    /// <summary>Whether the file already has its name, from an earlier execution perhaps.</summary>
    public bool IsPublished { get; private set; }

    private string DirectoryName => Path.GetDirectoryName(_target) ?? Path.GetPathRoot(_target)!;

    /// <summary>Begins an empty file, in place of what an earlier execution left before its first commit.</summary>
    /// <param name="target">The name it will have.</param>
    /// <param name="overwrites">Whether a file of that name may be replaced.</param>
    /// <param name="own">What a file without records holds, if an earlier execution may have published one; else null.</param>
    public static PartialFile Begin(string target, bool overwrites, ReadOnlyMemory<byte>? own)
    {
        var isOwn = own is { } bytes && LengthOf(target) == bytes.Length && bytes.Span.SequenceEqual(File.ReadAllBytes(target));
        var file = new PartialFile(target, overwrites || isOwn);
        file.CheckDirectory();
        file.CheckTarget();
        file._handle = file.OpenPartial(FileMode.Create);
        DirectoryEntry.Flush(file.DirectoryName);
        return file;
    }

    /// <summary>Goes on with the file that an earlier execution wrote up to <paramref name="place"/>.</summary>
    public static PartialFile Resume(string target, bool overwrites, OutputPlace place)
    {
        var file = new PartialFile(target, overwrites);
        file.CheckDirectory();
        if (File.Exists(file._partial))
            file.CutToCheckpoint(place);
        else
            file.CheckPublished(place);
        return file;
    }

    public ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, long position, CancellationToken cancellationToken) => RandomAccess.WriteAsync(Handle(), bytes, position, cancellationToken);

    /// <summary>The place after so many bytes, all of them written.</summary>
    /// <remarks>The reads it takes are of what was just written, so the operating system still has it in memory.</remarks>
    public OutputPlace PlaceAt(long length) => _published ?? OutputPlace.At(Handle(), length);

    public void CutTo(long length)
    {
        if (RandomAccess.GetLength(Handle()) > length)
            RandomAccess.SetLength(Handle(), length);
    }

    // The call takes milliseconds on a disk; meanwhile the caller's thread is free.
    public Task FlushToDiskAsync() => Task.Run(() => RandomAccess.FlushToDisk(Handle()));

    /// <summary>Gives the file its name. Once that is done, doing it again changes nothing.</summary>
    public void Publish()
    {
        if (!IsPublished)
        {
            CheckTarget();
            // On Unix the lock lies on the file, whatever its name: kept until it has its own, so that nobody begins it anew in between.
            if (OperatingSystem.IsWindows())
                Dispose();
            File.Move(_partial, _target, _overwrites);
            Dispose();
            IsPublished = true;
        }

        DirectoryEntry.Flush(DirectoryName);
    }

    public void Dispose()
    {
        _handle?.Dispose();
        _handle = null;
    }

    private SafeFileHandle Handle() => _handle ?? throw new InvalidOperationException(
        $"'{_target}' was published before, and now more is to be written to it. Its step has more input than when it completed: launch a new job instance.");

    private static long? LengthOf(string path) => new FileInfo(path) is { Exists: true } file ? file.Length : null;

    private void CheckDirectory()
    {
        if (!Directory.Exists(DirectoryName))
            throw new DirectoryNotFoundException($"There is no directory '{DirectoryName}' to write '{Path.GetFileName(_target)}' in. Create it, or correct the path.");
        if (Directory.Exists(_target))
            throw new IOException($"'{_target}' is a directory, so no file can have that name. Correct the path.");
        if (_target.EndsWith(".gz", StringComparison.OrdinalIgnoreCase))
            throw new NotSupportedException($"'{_target}' would hold plain records under the name of packed ones, and readers would refuse it. Write it without '.gz', and pack it when it is published.");
    }

    private void CheckTarget()
    {
        if (!_overwrites && File.Exists(_target))
            throw new IOException($"The file '{_target}' exists already. Move it away, choose another name, or set 'Overwrites' if it may be replaced.");
    }

    private void CutToCheckpoint(OutputPlace place)
    {
        CheckTarget();
        _handle = OpenPartial(FileMode.Open);
        if (DifferenceFrom(place) is { } difference)
        {
            Dispose();
            throw new InvalidDataException(
                $"'{_partial}' {difference}. Its records cannot be written again from there: abandon the execution and launch a new job instance.");
        }

        CutTo(place.Length);
    }

    private string? DifferenceFrom(OutputPlace place)
    {
        var found = RandomAccess.GetLength(Handle());
        if (found < place.Length)
            return string.Create(CultureInfo.InvariantCulture, $"has {found} bytes, but {place.Length} at the checkpoint: it was changed, or lost its end in a power failure");
        return place.IsIn(Handle())
            ? null
            : string.Create(CultureInfo.InvariantCulture, $"holds other bytes before the checkpoint at {place.Length}: another job instance began it anew, or it was changed");
    }

    private void CheckPublished(OutputPlace place)
    {
        if (IsTarget(place))
        {
            _published = place;
            IsPublished = true;
            return;
        }

        throw new FileNotFoundException(
            $"'{_partial}', which an earlier execution began, is gone, and '{_target}' is not the complete file. Put it back, or abandon the execution and launch a new job instance.",
            _partial);
    }

    private bool IsTarget(OutputPlace place)
    {
        if (LengthOf(_target) != place.Length)
            return false;
        using var target = File.OpenHandle(_target);
        return place.IsIn(target);
    }

    private SafeFileHandle OpenPartial(FileMode mode)
    {
        try
        {
            return File.OpenHandle(_partial, mode, FileAccess.ReadWrite, FileShare.None, FileOptions.None);
        }
        catch (UnauthorizedAccessException fault)
        {
            throw new UnauthorizedAccessException($"'{_partial}' cannot be written: the process has no permission. Grant it write access to '{DirectoryName}'.", fault);
        }
        catch (IOException fault) when (IsInUse(fault))
        {
            throw new FileInUseException($"'{_partial}' is being written by another execution. Let that one end first.", fault);
        }
        catch (IOException fault)
        {
            throw new IOException($"'{_partial}' cannot be opened for writing: {fault.Message}", fault);
        }
    }

    // EAGAIN of Linux and of macOS; Windows' violations of sharing and of a lock.
    private static bool IsInUse(IOException fault) => (fault.HResult & 0xFFFF) is 11 or 35 or 32 or 33;
}

/// <summary>Another execution has the file.</summary>
internal sealed class FileInUseException(string message, Exception cause) : IOException(message, cause);
