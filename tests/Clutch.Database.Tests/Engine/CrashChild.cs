using System.Diagnostics;
using System.Globalization;
using Clutch.Database.Tests.Fixtures;
using Clutch.Steps;
using Clutch.Testing;

namespace Clutch.Database.Tests.Engine;

/// <summary>A process of its own that runs the three-step job on a store of the test, and dies where <see cref="FaultPlan.EnvironmentVariable"/> says.</summary>
internal static class CrashChild
{
    public static async Task<int> Main(string[] arguments)
    {
        if (arguments[0] == Receiving.ReceivingChild.Name)
            return await Receiving.ReceivingChild.RunAsync(arguments);
        if (arguments[0] == Outbox.OutboxCrashChild.Name)
            return await Outbox.OutboxCrashChild.RunAsync(arguments);
        var store = new BorrowedStore(arguments[2] == nameof(SqliteStore) ? () => new SqliteStore(arguments[3]) : () => new PostgreSqlStore(arguments[3], arguments[4]));
        await store.OpenAsync();
        var active = await store.Repository.ListActiveNodesAsync(CancellationToken.None);
        await store.Repository.RecoverAsync([.. active.Where(new Clutch.Launching.NodeIdentity().IsCertainlyDead)], [], CancellationToken.None);
        var job = await ThreeStepJob.OpenAsync(store, arguments[0], int.Parse(arguments[1], CultureInfo.InvariantCulture));
        // It dies when its lease is renewed, and has to live until then.
        if (Environment.GetEnvironmentVariable(FaultPlan.EnvironmentVariable)?.Contains(nameof(FaultPoint.WhileRenewing), StringComparison.Ordinal) is true)
            job.Hold = Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System);
        var status = await job.RunAsync(FaultPlan.FromEnvironment());
        await store.DisposeAsync();
        return status is Executions.BatchStatus.Completed ? 0 : 1;
    }

    /// <summary>Runs the job in a child process and answers how that ended: 0 when the job is complete, 137 when it was killed.</summary>
    public static async Task<int> RunAsync(RelationalEngineStore store, string jobName, int concurrency, string? fault)
    {
        // The host of the tests runs this assembly as a library; by itself it is a program.
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")
        {
            UseShellExecute = false,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        foreach (var argument in new[] { "exec", typeof(CrashChild).Assembly.Location, jobName, concurrency.ToString(CultureInfo.InvariantCulture) }.Concat(store.Address))
            start.ArgumentList.Add(argument);
        start.Environment[FaultPlan.EnvironmentVariable] = fault;
        using var process = Process.Start(start)!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        await output;
        var told = await errors;
        return process.ExitCode is 0 or 1 or 137 ? process.ExitCode : throw new InvalidOperationException($"The child ended with {process.ExitCode}: {told}");
    }

    private sealed class BorrowedStore(Func<Store> open) : RelationalEngineStore(open)
    {
        public override Task RefuseCommitAsync(int number) => throw new NotSupportedException("Only the test that owns the store breaks it.");

        public override Task AcceptCommitsAsync() => throw new NotSupportedException("Only the test that owns the store breaks it.");
    }
}
