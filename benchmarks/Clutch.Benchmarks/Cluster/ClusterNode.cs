using System.Diagnostics;
using System.Globalization;
using Clutch.Benchmarks.Processes;
using Clutch.Jobs;
using Clutch.Launching;
using Clutch.Scheduling;
using Clutch.Steps;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Clutch.Benchmarks.Cluster;

/// <summary>A node of a cluster with four slots, and a job whose partitions wait for something else: their number, how long each waits and its chunks are parameters.</summary>
internal sealed class ClusterNode : IAsyncDisposable
{
    public const int Slots = 4;

    private readonly IHost _host;

    private ClusterNode(IHost host) => _host = host;

    /// <summary>A process that lends its slots to the others' executions, until it is killed: what <c>CLUSTER-NODE</c> on the command line means.</summary>
    public static async Task<int> WorkAsync(string connectionString)
    {
        await Build(connectionString, Slots).RunAsync();
        return 0;
    }

    /// <summary>The node that manages executions, with as many tasks of its own as the others have slots.</summary>
    public static async Task<ClusterNode> ManageAsync(string connectionString)
    {
        var host = Build(connectionString, partitionSlots: 0);
        await host.StartAsync();
        return new(host);
    }

    /// <summary>Waits until no node is left but this one and those of the processes, and they are all there: one that was killed counts until its check-ins are missed.</summary>
    public Task MeetAsync(params IReadOnlyList<Process> others)
    {
        var schedules = _host.Services.GetRequiredService<ISchedules>();
        return Waiting.UntilAsync(
            string.Create(CultureInfo.InvariantCulture, $"a cluster of {1 + others.Count} nodes"),
            async () => (await schedules.ListNodesAsync(CancellationToken.None)).Count(node => node is { State: SchedulerNodeState.Alive or SchedulerNodeState.Overdue, PartitionSlots: not null }) == 1 + others.Count,
            TimeSpan.FromMilliseconds(200),
            others);
    }

    /// <summary>Runs the job to its end.</summary>
    public async Task RunAsync(int partitions, int chunks, int pauseMilliseconds)
    {
        var launch = await _host.Services.GetRequiredService<JobLauncher>().LaunchAsync("spread", new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["partitions"] = Text(partitions),
            ["chunks"] = Text(chunks),
            ["pause"] = Text(pauseMilliseconds),
            ["run"] = Guid.NewGuid().ToString(),
        });
        var outcome = await launch.Run!.Completion;
        if (outcome.Status is not Executions.BatchStatus.Completed)
            throw new InvalidOperationException($"The job ended {outcome.Status}.");
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
    }

    private static IHost Build(string connectionString, int partitionSlots)
    {
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Logging.SetMinimumLevel(LogLevel.Error).AddSimpleConsole();
        builder.Services.AddClutchPostgreSql(connectionString);
        builder.Services.AddClutch(clutch => clutch.AddJob("spread", Define));
        builder.Services.AddClutchSchedules(schedules => schedules.UsePostgreSql(connectionString).Configure(options => options.PartitionSlots = partitionSlots));
        return builder.Build();
    }

    private static void Define(JobBuilder job) => job
        .Parameter<int>("partitions")
        .Parameter<int>("chunks")
        .Parameter<int>("pause")
        .Parameter<string>("run")
        .Step("wait", step => step
            .ReadFrom(context => Enumerable.Range(0, context.Parameters.Get<int>("chunks")).ToAsyncEnumerable())
            .WriteChunk(static async (_, chunk, cancellationToken) =>
            {
                if (chunk.Step.Parameters.Get<int>("pause") is > 0 and var pause)
                    await Task.Delay(TimeSpan.FromMilliseconds(pause), TimeProvider.System, cancellationToken);
            })
            .ChunkSize(1)
            .Partition(context => Partitioners.Of(Enumerable.Range(0, context.Parameters.Get<int>("partitions")).Select(Text).ToList()), Slots)
            .OnAllNodes());

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
