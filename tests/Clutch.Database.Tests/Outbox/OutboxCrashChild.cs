using System.Diagnostics;
using Clutch.Database.Tests.Engine;
using Clutch.Database.Tests.Fixtures;
using Clutch.Outbox.Faults;
using Clutch.Outbox.Running;

namespace Clutch.Database.Tests.Outbox;

/// <summary>A process of its own that drains the outbox of a test's store, and dies where the environment says.</summary>
internal static class OutboxCrashChild
{
    public const string Name = "outbox";

    /// <summary>In the child: 0 when everything has ended.</summary>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments)
    {
        Store store = arguments[2] == nameof(SqliteStore) ? new SqliteStore(arguments[3]) : new PostgreSqlStore(arguments[3], arguments[4]);
        await using var host = await OpenAsync(store, new FileTarget(arguments[1]));
        return (await host.DrainAsync()).End is DrainEnd.Idle ? 0 : 1;
    }

    public static Task<OutboxHost> OpenAsync(Store store, FileTarget target) =>
        OutboxHost.OpenAsync(store, options => (options.BatchSize, options.MaxConcurrency) = (10, 2), other: (target, target));

    /// <summary>In the test: starts the child and answers how it ended, 137 when it was killed.</summary>
    public static async Task<int> StartAsync(Store store, string targetFile, string? faults)
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet") { UseShellExecute = false, RedirectStandardError = true, RedirectStandardOutput = true };
        foreach (var argument in new[] { "exec", typeof(CrashChild).Assembly.Location, Name, targetFile, store.GetType().Name }.Concat(store.Address))
            start.ArgumentList.Add(argument);
        start.Environment[FailPoint.Variable] = faults;
        using var process = Process.Start(start)!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        await output;
        var told = await errors;
        return process.ExitCode is 0 or 137 ? process.ExitCode : throw new InvalidOperationException($"The child ended with {process.ExitCode}: {told}");
    }
}
