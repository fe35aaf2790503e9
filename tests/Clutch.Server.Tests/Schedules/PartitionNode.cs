using System.Globalization;
using Clutch.Executions;
using Clutch.Items;
using Clutch.Jobs;
using Clutch.Relational;
using Clutch.Relational.Tables;
using Clutch.Scheduling;
using Clutch.Steps;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Clutch.Server.Tests.Schedules;

/// <summary>A server process whose job has a partitioned step that all nodes work on. Tests kill and freeze it: <c>ScheduleNode</c> starts it.</summary>
internal static class PartitionNode
{
    /// <summary>The table that the job writes to; without a key, so that a row written twice is there twice.</summary>
    public const string CreateTable = "CREATE TABLE IF NOT EXISTS partition_row (id bigint NOT NULL, node text NOT NULL)";

    /// <summary>In the environment of one node: it fires the schedule once it is up, whose own time may be far away. However long a process takes to start, nothing is missed.</summary>
    public const string Launch = "CLUTCH_TEST_LAUNCH";

    /// <summary>In a node's environment: how many workers it lends; 4 by default.</summary>
    public const string Slots = "CLUTCH_TEST_SLOTS";

    /// <summary>In a node's environment: for how many seconds its scheduler waits when it is idle; 1 by default.</summary>
    public const string IdleWait = "CLUTCH_TEST_IDLE_WAIT";

    /// <summary>In a node's environment: its label.</summary>
    public const string Label = "CLUTCH_TEST_LABEL";

    /// <summary>In the environment of all nodes: the label that the step asks for.</summary>
    public const string StepLabel = "CLUTCH_TEST_STEP_LABEL";

    /// <summary>The one label in use.</summary>
    public const string Gpu = "gpu";

    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(3);

    private static readonly TableMap<PartitionRow> Rows = TableMap.For<PartitionRow>("partition_row").Key("id", row => row.Id).Column("node", row => row.Node);

    public static async Task<int> RunAsync(string connectionString, int partitions, int rowsPerPartition, int chunkSize, int pauseMilliseconds, int startsAtSeconds)
    {
        var stepLabel = Environment.GetEnvironmentVariable(StepLabel);
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Logging.AddSimpleConsole(console => console.TimestampFormat = "HH:mm:ss.fff ").SetMinimumLevel(LogLevel.Warning);
        builder.Services.AddClutchPostgreSql(connectionString);
        builder.Services.AddClutch(clutch => clutch
            .Configure(options => options.LeaseDuration = Lease)
            .AddJob("spread", job => job
                // Campaigns kill its process far oftener in an hour than life does.
                .RestartAutomatically(new RestartPolicy { Attempts = 5, Delay = TimeSpan.FromSeconds(1), MaxRestartsPerHour = null })
                .Step("write", step => step
                    .Read(_ => new RangeReader(rowsPerPartition, pauseMilliseconds))
                    .Write(context => new Writer(context))
                    .ChunkSize(chunkSize)
                    .Partition(_ => Partitioners.Of(Enumerable.Range(0, partitions).Select(number => number.ToString("00000", CultureInfo.InvariantCulture)).ToList()), concurrency: 2)
                    .OnAllNodes(stepLabel)))
            .AddSchedule("spread", "spread", schedule => schedule
                .Every(TimeSpan.FromDays(365))
                .Change(definition => definition with { StartsAt = DateTimeOffset.FromUnixTimeSeconds(startsAtSeconds) })));
        builder.Services.AddClutchSchedules(schedules => schedules.UsePostgreSql(connectionString).Configure(Configure));
        using var host = builder.Build();
        await host.StartAsync();
        if (Environment.GetEnvironmentVariable(Launch) is not null)
            await host.Services.GetRequiredService<ISchedules>().RunNowAsync("spread", new("test"), CancellationToken.None);
        await host.WaitForShutdownAsync();
        return 0;
    }

    private static void Configure(SchedulerOptions options)
    {
        options.PartitionSlots = int.Parse(Environment.GetEnvironmentVariable(Slots) ?? "4", CultureInfo.InvariantCulture);
        options.IdleWait = TimeSpan.FromSeconds(int.Parse(Environment.GetEnvironmentVariable(IdleWait) ?? "1", CultureInfo.InvariantCulture));
        options.ClusterLabels.Add(Gpu);
        if (Environment.GetEnvironmentVariable(Label) is { } label)
            options.Labels.Add(label);
    }

    private sealed record PartitionRow(long Id, string Node);

    private sealed class RangeReader(int count, int pauseMilliseconds) : IItemReader<long>
    {
        private static readonly string? OverFile = Environment.GetEnvironmentVariable("CLUTCH_TEST_OVER_FILE");
        private long _first;
        private int _next;
        private TimeProvider _time = TimeProvider.System;

        public ValueTask OpenAsync(Checkpoint? resumeFrom, StepContext step, CancellationToken cancellationToken)
        {
            _first = long.Parse(step.PartitionData!, CultureInfo.InvariantCulture) * count;
            _next = (int)(resumeFrom?.ToPosition() ?? 0);
            _time = step.TimeProvider;
            return ValueTask.CompletedTask;
        }

        public async ValueTask ReadAsync(ReadBatch<long> batch, CancellationToken cancellationToken)
        {
            await PauseAsync(cancellationToken);
            for (; batch.Remaining > 0 && _next < count; _next++)
                batch.Add(_first + _next);
            batch.Checkpoint = Checkpoint.At(_next);
            if (_next == count)
                batch.End();
        }

        // The work lasts for as long as the test does harm, so that each kill meets partitions at work; then it is done at once.
        private async Task PauseAsync(CancellationToken cancellationToken)
        {
            var startedAt = _time.GetTimestamp();
            while (_time.GetElapsedTime(startedAt).TotalMilliseconds < pauseMilliseconds && !File.Exists(OverFile))
                await Task.Delay(TimeSpan.FromMilliseconds(Math.Min(pauseMilliseconds, 100)), _time, cancellationToken);
        }
    }

    private sealed class Writer(StepContext context) : IItemWriter<long>
    {
        private readonly string _node = context.Services.GetRequiredService<Launching.NodeIdentity>().Name;

        public async ValueTask WriteAsync(WriteBatch<long> batch, ChunkContext chunk, CancellationToken cancellationToken)
        {
            var rows = batch.Items.ToArray().Select(id => new PartitionRow(id, _node)).ToArray();
            await chunk.Relational().Bulk.InsertAsync(Rows, rows, cancellationToken);
        }
    }
}
