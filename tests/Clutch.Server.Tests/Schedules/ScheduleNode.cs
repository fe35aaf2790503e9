using System.Globalization;
using Clutch.Executions;
using Clutch.Hosting;
using Clutch.Items;
using Clutch.Relational;
using Clutch.Relational.Tables;
using Clutch.Scheduling;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Clutch.Server.Tests.Schedules;

/// <summary>A server process with a schedule whose job writes one row after the other. Tests kill it: the test assembly run by itself is this program.</summary>
internal static class ScheduleNode
{
    private static readonly TableMap<WorkRow> Rows = TableMap.For<WorkRow>("work_done")
        .Key("scheduled_at", row => row.ScheduledAt).Key("item", row => row.Item).Column("node", row => row.Node);

    /// <summary>The table that the job writes to; without a key, so that a row written twice is there twice.</summary>
    public const string CreateTable = "CREATE TABLE IF NOT EXISTS work_done (scheduled_at text NOT NULL, item integer NOT NULL, node text NOT NULL)";

    /// <summary>In the environment of all nodes: how many executions of the job may run in the cluster.</summary>
    public const string JobLimit = "CLUTCH_TEST_JOB_LIMIT";

    /// <summary>Rows that each run writes, a chunk each.</summary>
    public const int ItemCount = 5;

    public static async Task<int> Main(string[] arguments)
    {
        var numbers = arguments.Skip(1).Select(number => int.Parse(number, CultureInfo.InvariantCulture)).ToArray();
        if (numbers is [var partitions, var rows, var chunk, var pauseMilliseconds, var startsAt])
            return await PartitionNode.RunAsync(arguments[0], partitions, rows, chunk, pauseMilliseconds, startsAt);
        if (numbers is [var httpPort, var smtpPort, _])
            return await Alerts.AlertNode.RunAsync(arguments[0], httpPort, smtpPort);
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Logging.AddSimpleConsole(console => console.TimestampFormat = "HH:mm:ss.fff ").SetMinimumLevel(LogLevel.Warning);
        builder.Services.AddClutchPostgreSql(arguments[0]);
        var interval = TimeSpan.FromSeconds(int.Parse(arguments[1], CultureInfo.InvariantCulture));
        Add(builder.Services, TimeSpan.FromMilliseconds(int.Parse(arguments[2], CultureInfo.InvariantCulture)), clutch => clutch.AddSchedule(
            "steady", "work", schedule => schedule.Every(interval).OnOverlap(OverlapRule.Allow).OnMisfire(MisfireRule.RunAll).Parameter("at", "{scheduled}")));
        builder.Services.AddClutchSchedules(schedules => schedules.UsePostgreSql(arguments[0]).Configure(options =>
        {
            if (Environment.GetEnvironmentVariable(JobLimit) is { } limit)
                options.JobLimits["work"] = int.Parse(limit, CultureInfo.InvariantCulture);
        }));
        await builder.Build().RunAsync();
        return 0;
    }

    /// <summary>The job and its schedules.</summary>
    public static void Add(IServiceCollection services, TimeSpan pause, Action<ClutchBuilder> addSchedules) => services.AddClutch(clutch =>
    {
        clutch.AddJob("work", job => job
            .Parameter<DateTimeOffset>("at", at => at.NonIdentifying())
            .Step("write", step => step
                .ReadFrom([.. Enumerable.Range(1, ItemCount)])
                .Process(async (item, cancellationToken) =>
                {
                    await Task.Delay(pause, TimeProvider.System, cancellationToken);
                    return item;
                })
                .Write(context => new Writer(context))
                .ChunkSize(1)));
        addSchedules(clutch);
    });

    private sealed record WorkRow(string ScheduledAt, int Item, string Node);

    private sealed class Writer(StepContext context) : IItemWriter<int>
    {
        private readonly string _at = JobParameters.Format(context.Parameters.Get<DateTimeOffset>("at"));
        private readonly string _node = context.Services.GetRequiredService<Launching.NodeIdentity>().Name;

        public async ValueTask WriteAsync(WriteBatch<int> batch, ChunkContext chunk, CancellationToken cancellationToken)
        {
            var rows = batch.Items.ToArray().Select(item => new WorkRow(_at, item, _node)).ToArray();
            await chunk.Relational().Bulk.InsertAsync(Rows, rows, cancellationToken);
        }
    }
}
