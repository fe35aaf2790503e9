using System.Runtime.InteropServices;

namespace Clutch.Files.Writing;

/// <summary>Makes a new or changed name in a directory durable: on Unix a file's own fsync says nothing of its name (fsync(2)).</summary>
internal static partial class DirectoryEntry
{
    private const int ReadOnly = 0;

    // Some network file systems cannot flush a directory (EINVAL, EBADF), and one that may be written but not listed cannot be opened for it (EACCES).
    // There is nothing more to be done then; PostgreSQL passes over the same three (fsync_fname_ext).
    private const int BadDescriptor = 9;
    private const int NoAccess = 13;
    private const int InvalidArgument = 22;

    /// <exception cref="IOException">The operating system refuses.</exception>
    public static void Flush(string directory)
    {
        // NTFS keeps its directories in a journal and has no call for this.
        if (OperatingSystem.IsWindows())
            return;
        var descriptor = Open(directory, ReadOnly);
        if (descriptor < 0)
        {
            ThrowUnless(directory, "opened", NoAccess);
            return;
        }

        try
        {
            if (Synchronize(descriptor) != 0)
                ThrowUnless(directory, "flushed", BadDescriptor, InvalidArgument);
        }
        finally
        {
            _ = Close(descriptor);
        }
    }

    private static void ThrowUnless(string directory, string what, params ReadOnlySpan<int> bearable)
    {
        if (!bearable.Contains(Marshal.GetLastPInvokeError()))
            throw Failed(directory, what);
    }

    private static IOException Failed(string directory, string what) => new(
        $"The directory '{directory}' could not be {what}: {Marshal.GetLastPInvokeErrorMessage()}. " +
        "Whether its new file survives a power failure is unknown, so the step ends; restart it.");

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Synchronize(int descriptor);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int descriptor);
}
