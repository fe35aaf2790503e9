using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using CalendarSync.Storage;

namespace CalendarSync.Hosting;

/// <summary>How much of the processor the batch process asks for beside others: <c>Batch:Priority</c>.</summary>
internal enum BatchPriority
{
    /// <summary>What is left over: whoever else wakes runs at once.</summary>
    Idle,

    /// <summary>The lowest of the ordinary ones (nice 19): a little share always, but others may wait some milliseconds for it.</summary>
    Low,

    /// <summary>What it was started with.</summary>
    Normal,
}

/// <summary>Lets everything else on the machine go first.</summary>
internal static class Priority
{
    private const string Setting = "Batch:Priority";
    private const int IdlePolicy = 5;
    private const int OneProcess = 0;
    private const int LowestNice = 19;

    /// <summary>Lowers this process as its settings say. At the very start: threads inherit it from the one that makes them.</summary>
    /// <exception cref="SettingsException">The setting is none of the three words.</exception>
    public static void Lower(string[] settings)
    {
        var configuration = new ConfigurationBuilder().AddJsonFile(Path.GetFullPath("appsettings.json"), optional: true).AddEnvironmentVariables().AddCommandLine(settings).Build();
        Lower(Parse(configuration[Setting]));
    }

    private static BatchPriority Parse(string? text) => text switch
    {
        null or "" => BatchPriority.Idle,
        _ when Enum.TryParse<BatchPriority>(text, ignoreCase: true, out var priority) && Enum.IsDefined(priority) => priority,
        _ => throw new SettingsException($"{Setting} is '{text}'. Set it to 'idle', 'low' or 'normal'."),
    };

    private static void Lower(BatchPriority priority)
    {
        if (priority == BatchPriority.Normal) return;
        if (OperatingSystem.IsLinux())
            LowerThreads(priority);
        else
            Process.GetCurrentProcess().PriorityClass = ProcessPriorityClass.Idle;
    }

    private static void LowerThreads(BatchPriority priority)
    {
        foreach (var thread in ListThreads())
        {
            _ = SetNice(OneProcess, thread, LowestNice);
            // Since 6.6 the kernel lets a thread finish its slice, also one of the lowest nice, before one that wakes (EEVDF): a request that wakes ten times waits ten times. One of this policy gives way at once.
            if (priority == BatchPriority.Idle) _ = SetPolicy(thread, IdlePolicy, new Parameters());
        }
    }

    // Lowering needs no right. Where the kernel refuses, the process runs as it was started.
    private static IEnumerable<int> ListThreads() => Directory.EnumerateDirectories("/proc/self/task").Select(folder => int.Parse(Path.GetFileName(folder), CultureInfo.InvariantCulture));

    [DllImport("libc", EntryPoint = "setpriority")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SetNice(int which, int thread, int nice);

    [DllImport("libc", EntryPoint = "sched_setscheduler")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SetPolicy(int thread, int policy, in Parameters parameters);

    [StructLayout(LayoutKind.Sequential)]
    private readonly struct Parameters
    {
        public int Priority { get; init; }
    }
}
