using System.Globalization;
using System.Text.Json;

namespace Demo.Folder;

/// <summary>The folder of a demo, held by one process at a time: the system lets go of it when the process ends, however that comes.</summary>
internal sealed class DataFolder : IDisposable
{
    private readonly FileStream _lock;

    private DataFolder(string path, FileStream heldLock) => (Path, _lock) = (path, heldLock);

    public string Path { get; }

    /// <summary>Whether this start found what an earlier one left.</summary>
    public bool IsLeftOver { get; private set; }

    // Beside the lock: nobody else can read a file that is locked.
    private string HolderFile => PathOf("demo.holder");

    private string StateFile => PathOf("demo.json");

    /// <summary>Opens the folder and keeps others out.</summary>
    /// <exception cref="DemoRefusedException">Another demo is at work on it, or it cannot be written.</exception>
    public static DataFolder Open(string path)
    {
        var full = System.IO.Path.GetFullPath(path);
        var lockFile = System.IO.Path.Combine(full, "demo.lock");
        try
        {
            Directory.CreateDirectory(full);
            var folder = new DataFolder(full, new FileStream(lockFile, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
            File.Delete(folder.HolderFile);
            return folder;
        }
        catch (UnauthorizedAccessException)
        {
            throw new DemoRefusedException(2, $"The folder '{full}' cannot be written. Give another one: --data DIR.");
        }
        catch (IOException fault) when (IsHeldByOther(fault))
        {
            throw new DemoRefusedException(4, $"A demo is at work on '{full}' already{HolderOf(full)}. Look at it there, end it with Ctrl-C, or start another one: --data DIR --port N.");
        }
        catch (IOException fault)
        {
            throw new DemoRefusedException(2, $"'{full}' cannot be used as a folder: {fault.Message} Give another one: --data DIR.");
        }
    }

    public string PathOf(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>Tells a second start where this one is.</summary>
    public void Announce(Uri dashboard) =>
        File.WriteAllText(HolderFile, string.Create(CultureInfo.InvariantCulture, $" (process {Environment.ProcessId}, {dashboard})"));

    /// <summary>What is to be done here: what an earlier start began, or what the options order.</summary>
    /// <exception cref="DemoRefusedException">The options contradict what the folder holds.</exception>
    public DemoState Take(DemoOptions options)
    {
        var store = options.PostgreSql is null ? "sqlite" : "postgresql";
        IsLeftOver = File.Exists(StateFile);
        if (!IsLeftOver)
        {
            return new()
            {
                Id = Guid.CreateVersion7().ToString("N"),
                SkuCount = options.SkuCount ?? DemoOptions.DefaultSkuCount,
                CalendarCount = options.CalendarCount ?? DemoOptions.DefaultCalendarCount,
                Store = store,
                RoundStartedAt = TimeProvider.System.GetUtcNow(),
                SimulatorPort = (options.Port ?? DemoOptions.DefaultPort) + 2,
            };
        }

        var left = Read();
        if (left.Store != store || (options.SkuCount ?? left.SkuCount) != left.SkuCount || (options.CalendarCount ?? left.CalendarCount) != left.CalendarCount)
        {
            throw new DemoRefusedException(2, string.Create(
                CultureInfo.InvariantCulture,
                $"The folder '{Path}' holds a demo of {left.SkuCount:N0} SKUs and {left.CalendarCount:N0} calendars on {left.Store}. Start it with the same options to go on with it, delete the folder, or give another one: --data DIR."));
        }

        return left;
    }

    /// <summary>Keeps the state: whole, or as it was before.</summary>
    public void Save(DemoState state)
    {
        var next = StateFile + ".next";
        using (var file = File.Create(next))
        {
            JsonSerializer.Serialize(file, state, DemoStateJson.Default.DemoState);
            // Else a power cut may leave the new name with nothing in it.
            file.Flush(flushToDisk: true);
        }

        File.Move(next, StateFile, overwrite: true);
    }

    public void Dispose() => _lock.Dispose();

    private DemoState Read()
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(StateFile), DemoStateJson.Default.DemoState) ?? throw new JsonException("It says null.");
        }
        catch (JsonException)
        {
            throw new DemoRefusedException(2, $"'{StateFile}' cannot be read: it is torn, or was changed by hand. Delete the folder '{Path}', or give another one: --data DIR.");
        }
    }

    // .NET locks with flock: EWOULDBLOCK, of Linux and of BSD and macOS, else ERROR_SHARING_VIOLATION. A file system that cannot be written is something else.
    private static bool IsHeldByOther(IOException fault) => fault.HResult is 11 or 35 or unchecked((int)0x80070020);

    // Where the holder has not said yet who it is, the message does without.
    private static string HolderOf(string path)
    {
        var file = System.IO.Path.Combine(path, "demo.holder");
        return File.Exists(file) ? File.ReadAllText(file) : string.Empty;
    }
}
