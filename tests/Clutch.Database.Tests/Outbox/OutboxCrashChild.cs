using System.Diagnostics;
using Clutch.Database.Tests.Engine;
using Clutch.Database.Tests.Fixtures;
using Clutch.Http;
using Clutch.Outbox.Administration;
using Clutch.Outbox.Faults;
using Clutch.Outbox.Http;
using Clutch.Outbox.Operations;
using Clutch.Outbox.Running;
using Clutch.Outbox.Submitting;

namespace Clutch.Database.Tests.Outbox;

/// <summary>A process of its own that works on the outbox of a test's store, and dies where the environment says.</summary>
internal static class OutboxCrashChild
{
    public const string Name = "outbox";

    /// <summary>Drains into a <see cref="FileTarget"/>: the target is its file.</summary>
    public const string Drain = "drain";

    /// <summary>Drains over HTTP, each body in two halves: the target is an address.</summary>
    public const string Send = "send";

    /// <summary>Gives the command <see cref="Monday"/>.</summary>
    public const string Redrive = "redrive";

    /// <summary>Sweeps once, in batches of four.</summary>
    public const string Sweep = "sweep";

    public static Redrive Monday { get; } = new() { CommandId = "monday", By = "ops", Filter = new() { Channel = OutboxHost.Channel }, RatePerSecond = 10 };

    /// <summary>In the child: 0 when everything has ended.</summary>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments)
    {
        var (work, target) = (arguments[1], arguments[2]);
        Store store = arguments[3] == nameof(SqliteStore) ? new SqliteStore(arguments[4]) : new PostgreSqlStore(arguments[4], arguments[5]);
        switch (work)
        {
            case Drain:
                var file = new FileTarget(target);
                return await DrainAsync(store, file, file);
            case Send:
                var http = TargetAt(target);
                return await DrainAsync(store, new HttpSubmitter(http), new HttpOperationClient(http));
            case Redrive:
                await using (var host = await OutboxHost.OpenAsync(store))
                    return await host.Admin.RedriveAsync(Monday, CancellationToken.None) is { RedrivenCount: > 0 } ? 0 : 1;
            case Sweep:
                await using (var host = await OutboxHost.OpenAsync(store, options => options.Retention.BatchSize = 4))
                    await host.Sweeper.SweepAsync(OutboxHost.Channel, CancellationToken.None);
                return 0;
            default:
                throw new ArgumentException($"The child knows no work '{work}'.", nameof(arguments));
        }
    }

    public static Task<OutboxHost> OpenAsync(Store store, FileTarget target) => OpenAsync(store, target, target);

    /// <summary>In the test: starts the child and answers how it ended, 137 when it was killed.</summary>
    public static async Task<int> StartAsync(string work, Store store, string target, string? faults = null)
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet") { UseShellExecute = false, RedirectStandardError = true, RedirectStandardOutput = true };
        foreach (var argument in new[] { "exec", typeof(CrashChild).Assembly.Location, Name, work, target, store.GetType().Name }.Concat(store.Address))
            start.ArgumentList.Add(argument);
        start.Environment[FailPoint.Variable] = faults;
        using var process = Process.Start(start)!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        await output;
        var told = await errors;
        return process.ExitCode is 0 or 137 ? process.ExitCode : throw new InvalidOperationException($"The child ended with {process.ExitCode}: {told}");
    }

    private static Task<OutboxHost> OpenAsync(Store store, ISubmitter submitter, IOperationClient operations) =>
        OutboxHost.OpenAsync(store, options => (options.BatchSize, options.MaxConcurrency) = (10, 2), other: (submitter, operations));

    private static async Task<int> DrainAsync(Store store, ISubmitter submitter, IOperationClient operations)
    {
        await using var host = await OpenAsync(store, submitter, operations);
        return (await host.DrainAsync()).End is DrainEnd.Idle ? 0 : 1;
    }

    private static HttpTarget TargetAt(string address)
    {
        var client = new HttpClient(new HalfSender()) { BaseAddress = new(address) };
        return new() { Channel = new HttpChannel("stock", () => client, new()), SubmitPath = "stock-updates:batch", Body = HttpTarget.JsonBody("accountId", "skuId") };
    }
}
