using System.Globalization;
using Clutch.Client.Wire;
using Clutch.Executions;
using Clutch.Hosting;
using Clutch.Repository;
using Clutch.Server.Tests.Fixtures;
using Clutch.Server.Tests.Schedules;
using Clutch.Steps;
using Microsoft.Extensions.DependencyInjection;

namespace Clutch.Server.Tests.Alerts;

/// <summary>What is told of nodes that disagree about the time, and of partitions that kill them.</summary>
public abstract class ClusterAlertTests(StoreKind kind)
{
    private static readonly CancellationToken Never = CancellationToken.None;

    [SkippableTheory]
    [InlineData(120, "ahead of")]
    [InlineData(-120, "behind")]
    public async Task A_clock_that_is_too_far_off_is_told_until_it_is_right(int seconds, string words)
    {
        await using var server = await StartAsync();
        var register = server.Services.GetRequiredService<INodeRegister>();
        await register.BeatAsync(Beat("right", TimeSpan.FromMilliseconds(900)), Never);
        await register.BeatAsync(Beat("wrong", TimeSpan.FromSeconds(seconds)), Never);

        await server.LookAsync();
        var alert = Assert.Single(await server.Viewer.AlertsAsync());
        await register.BeatAsync(Beat("wrong", TimeSpan.FromSeconds(seconds)), Never);
        await server.LookAsync();
        var lasting = Assert.Single(await server.Viewer.AlertsAsync());
        await register.BeatAsync(Beat("wrong", TimeSpan.Zero), Never);
        await server.LookAsync();

        Assert.Equal((AlertRule.ClockSkew, "wrong"), (alert.Rule, alert.Subject));
        Assert.Contains($"is 2 min {words} the database's", alert.What, StringComparison.Ordinal);
        Assert.Equal((alert.Id, alert.Since), (lasting.Id, lasting.Since));
        Assert.Equal(AlertState.Resolved, Assert.Single(await server.Viewer.AlertsAsync()).State);
    }

    // From 3 s on a node may take another for dead.
    [SkippableFact]
    public async Task A_clock_that_is_off_by_more_than_a_second_is_told()
    {
        await using var server = await StartAsync();
        await server.Services.GetRequiredService<INodeRegister>().BeatAsync(Beat("wrong", TimeSpan.FromMilliseconds(-1_100)), Never);

        await server.LookAsync();

        var alert = Assert.Single(await server.Viewer.AlertsAsync());
        Assert.Equal((AlertRule.ClockSkew, "wrong"), (alert.Rule, alert.Subject));
    }

    [SkippableFact]
    public async Task A_partition_that_killed_three_nodes_is_told_and_shown_and_runs_again_with_a_restart()
    {
        await using var server = await StartAsync(clutch => clutch.AddJob("spread", job => job.Step("load", step => step
            .ReadFrom([1, 2, 3]).WriteChunk((_, _, _) => ValueTask.CompletedTask).Partition(_ => Partitioners.Of(["poison"])))));
        var repository = server.Services.GetRequiredService<IJobRepository>();
        var execution = await QuarantineAsync(repository);

        await server.LookAsync();
        var alert = Assert.Single(await server.Viewer.AlertsAsync(), alert => alert.Rule is AlertRule.PartitionQuarantined);
        using var found = await server.Viewer.GetAsync(new Uri($"/api/v1/executions/{execution.Id}/steps", UriKind.Relative));
        var steps = await found.ReadAsync(WireJson.Default.PageStepView);
        using var restart = await server.Operator.PostAsync($"/api/v1/executions/{execution.Id}/restart", """{"reason":"the node has more memory now"}""");
        var again = await server.Viewer.EndAsync((await restart.ReadAsync(WireJson.Default.LaunchAnswer)).Execution.Id);
        await server.LookAsync();

        Assert.Equal(("spread", "partition poison of step load", AlertSeverity.Critical, execution.Id.Value), (alert.Job, alert.Subject, alert.Severity, alert.ExecutionId));
        Assert.Contains("node-3", alert.Impact, StringComparison.Ordinal);
        Assert.Equal("Quarantined", Assert.Single(steps.Items, step => step.Partition == "poison").Failure!.Type);
        Assert.Equal(ExecutionStatus.Completed, again.Execution.Status);
        Assert.All(await server.Viewer.AlertsAsync(), resolved => Assert.Equal(AlertState.Resolved, resolved.State));
    }

    private Task<TestServer> StartAsync(Action<ClutchBuilder>? jobs = null) =>
        TestServer.StartAsync(kind, new() { Options = options => options.Alerts.Interval = TimeSpan.FromMinutes(10), Clutch = jobs });

    private static NodeBeat Beat(string name, TimeSpan skew) =>
        new() { Node = name, Activity = NodeActivity.Live, Interval = TimeSpan.FromMinutes(1), RunningCount = 0, ClockSkew = skew };

    /// <summary>Three nodes claim it, one after the other, and are never heard of again.</summary>
    private static async Task<JobExecution> QuarantineAsync(IJobRepository repository)
    {
        var launch = await repository.LaunchAsync(new() { JobName = "spread", Parameters = JobParameters.Empty, Node = "manager", LeaseDuration = TimeSpan.FromMinutes(5) }, Never);
        var execution = ((LaunchDecision.Launched)launch).Execution;
        var lease = new JobLease(execution.Id, execution.Fence, "manager");
        await repository.CreatePartitionsAsync(new() { Lease = lease, InstanceId = execution.InstanceId, StepName = "load", Partitions = [new() { Name = "poison", Data = "poison" }] }, Never);
        foreach (var node in (string[])["node-1", "node-2", "node-3"])
            await Poll.UntilAsync(() => repository.ClaimPartitionAsync(new(execution.Id, "load", node, TimeSpan.FromMilliseconds(1)), Never).AsTask(), claimed => claimed is not null);
        await Poll.UntilAsync(() => repository.WatchPartitionsAsync(execution.Id, "load", Never).AsTask(), stand => stand.Open == 0);
        await repository.EndJobAsync(new() { Lease = lease, Status = BatchStatus.Failed, ExitCode = "Failed" }, Never);
        return execution;
    }
}

public sealed class SqliteClusterAlertTests() : ClusterAlertTests(StoreKind.Sqlite);

public sealed class PostgreSqlClusterAlertTests() : ClusterAlertTests(StoreKind.PostgreSql)
{
    [SkippableTheory]
    [InlineData(120)]
    [InlineData(-120)]
    public async Task A_process_measures_its_own_clock_and_shows_it(int seconds)
    {
        var clock = new WrongClock(TimeSpan.FromSeconds(seconds));
        await using var server = await TestServer.StartAsync(StoreKind.PostgreSql, new()
        {
            Options = options => (options.Alerts.Interval, options.HeartbeatInterval) = (TimeSpan.FromMinutes(10), TimeSpan.FromMilliseconds(500)),
            Services = services => services.AddSingleton<TimeProvider>(clock),
        });

        var wrong = await Poll.UntilAsync(() => NodeAsync(server), node => node?.ClockSkew is not null);
        await server.LookAsync();
        var alert = Assert.Single(await server.Viewer.AlertsAsync());
        clock.Ahead = TimeSpan.Zero;
        await Poll.UntilAsync(() => NodeAsync(server), node => node?.ClockSkew?.Duration() < TimeSpan.FromSeconds(1));
        await server.LookAsync();

        // Test server and database are one machine; what is off beyond that is the time an answer took.
        Assert.InRange((wrong!.ClockSkew!.Value - TimeSpan.FromSeconds(seconds)).Duration(), TimeSpan.Zero, TimeSpan.FromSeconds(1));
        Assert.Equal(AlertRule.ClockSkew, alert.Rule);
        Assert.Equal(AlertState.Resolved, Assert.Single(await server.Viewer.AlertsAsync()).State);
    }

    [SkippableFact]
    public async Task A_worker_without_a_web_server_is_among_the_nodes_and_its_death_is_told()
    {
        await using var store = await TestStore.CreateAsync(StoreKind.PostgreSql);
        await using var server = await TestServer.StartAsync(store, new() { Options = options => options.Alerts.Interval = TimeSpan.FromMinutes(10) });
        await using var workers = new NodeProcesses(store.ConnectionString, 3_600, 10);
        var worker = workers.Start();

        var node = (await Poll.UntilAsync(() => NodesAsync(server), nodes => nodes.Any(IsWorker))).Single(IsWorker);
        workers.Kill(worker);
        await Poll.UntilAsync(() => NodesAsync(server), nodes => nodes.Single(IsWorker).State is NodeState.Lost);
        await server.LookAsync();

        Assert.Equal(NodeState.Live, node.State);
        Assert.Equal(["work"], node.Jobs);
        var alert = Assert.Single(await server.Viewer.AlertsAsync());
        Assert.Equal((AlertRule.NodeLost, node.Name), (alert.Rule, alert.Subject));

        bool IsWorker(NodeView node) => node.Name.Split('/')[2] == worker.ToString(CultureInfo.InvariantCulture);
    }

    // None before its first heartbeat.
    private static async Task<NodeView?> NodeAsync(TestServer server) => (await NodesAsync(server)).SingleOrDefault();

    private static Task<IReadOnlyList<NodeView>> NodesAsync(TestServer server) => server.Viewer.GetAsync("/api/v1/nodes", WireJson.Default.IReadOnlyListNodeView);
}
