using System.Globalization;
using Clutch.Testing;
using Npgsql;

namespace Clutch.Server.Tests.Schedules;

/// <summary>Where the partitions of a step go: processes with labels and limits of their own, and processes that are replaced while they work.</summary>
public sealed class PartitionSpreadTests(Xunit.Abstractions.ITestOutputHelper output) : IAsyncLifetime
{
    private const int Partitions = 40;
    private const int Rows = 100;
    private static readonly (string, string) Launch = (PartitionNode.Launch, "1");
    private TemporaryPostgreSql? _server;
    private NpgsqlDataSource? _database;

    public async Task InitializeAsync()
    {
        if (TemporaryPostgreSql.FindBinaries() is null)
            return;
        _server = await TemporaryPostgreSql.StartAsync("fsync=off", "max_connections=200");
        _database = NpgsqlDataSource.Create(_server.ConnectionString);
        await using var create = _database.CreateCommand($"{PartitionNode.CreateTable}; {ScheduleNode.CreateTable}");
        await create.ExecuteNonQueryAsync();
    }

    public async Task DisposeAsync()
    {
        if (_database is not null)
            await _database.DisposeAsync();
        if (_server is not null)
            await _server.DisposeAsync();
    }

    [SkippableFact]
    public async Task A_step_that_asks_for_a_label_gets_workers_of_nodes_that_have_it_and_of_no_others()
    {
        await using var nodes = Nodes();
        (string, string) step = (PartitionNode.StepLabel, PartitionNode.Gpu);
        int[] fit = [nodes.Start(Launch, step, (PartitionNode.Label, PartitionNode.Gpu)), nodes.Start(step, (PartitionNode.Label, PartitionNode.Gpu))];
        int[] unfit = [nodes.Start(step), nodes.Start(step)];

        // One node manages, and takes part wherever it is; of the others, those with the label come.
        await UntilAsync("SELECT count(DISTINCT node) FROM partition_row", count => count >= 2);
        await FinishAsync(nodes);

        var manager = await ManagersAsync();
        var writers = await ProcessesAsync("SELECT DISTINCT node FROM partition_row");
        output.WriteLine($"fit {string.Join(' ', fit)}, unfit {string.Join(' ', unfit)}, managed by {string.Join(' ', manager)}, written by {string.Join(' ', writers)}");
        Assert.Empty(writers.Intersect(unfit).Except(manager));
        Assert.NotEmpty(writers.Intersect(fit).Except(manager));
        await AssertEachRowOnceAsync();
    }

    [SkippableFact]
    public async Task A_node_that_joins_while_partitions_wait_is_called_too()
    {
        await using var nodes = Nodes();
        var first = nodes.Start(Launch);
        await UntilAsync("SELECT count(*) FROM partition_row", count => count > 0);

        var second = nodes.Start();
        await UntilAsync("SELECT count(DISTINCT node) FROM partition_row", count => count >= 2);
        await FinishAsync(nodes);

        Assert.Equal([first], await ManagersAsync());
        Assert.Contains(second, await ProcessesAsync("SELECT DISTINCT node FROM partition_row"));
        await AssertEachRowOnceAsync();
    }

    [SkippableFact]
    public async Task A_node_that_is_called_comes_at_once_however_long_it_waits_when_it_is_idle()
    {
        await using var nodes = Nodes();
        (string, string) patient = (PartitionNode.IdleWait, "60");
        nodes.Start(patient);
        await UntilAsync("SELECT count(*) FROM qrtz_scheduler_state", count => count == 1);

        // By itself the patient one would look again after 48 s at the earliest: Quartz takes off up to a fifth.
        nodes.Start(Launch);
        await Poll.UntilAsync(() => TryCountAsync("SELECT count(DISTINCT node) FROM partition_row"), count => count == 2, TimeSpan.FromSeconds(40));

        await FinishAsync(nodes);
        await AssertEachRowOnceAsync();
    }

    [SkippableFact]
    public async Task A_node_runs_no_more_partitions_than_it_has_slots()
    {
        await using var nodes = Nodes();
        var slots = new Dictionary<int, int> { [nodes.Start(Launch, (PartitionNode.Slots, "0"))] = 0, [nodes.Start((PartitionNode.Slots, "1"))] = 1, [nodes.Start((PartitionNode.Slots, "3"))] = 3 };

        await UntilAsync("SELECT count(DISTINCT node) FROM partition_row", count => count >= 2);
        var most = new Dictionary<int, long>();
        for (var look = 0; look < 40; look++)
        {
            foreach (var (process, held) in await HeldAsync())
                most[process] = Math.Max(held, most.GetValueOrDefault(process));
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        }

        var managers = await ManagersAsync();
        await FinishAsync(nodes);

        output.WriteLine($"managed by {string.Join(' ', managers)}; most at a time: {string.Join(", ", most)}");
        // The manager has two tasks of its own; a lease that ran out on a busy machine is taken up in addition to what is at work.
        var takeovers = nodes.Output.Count(line => line.Contains("Took over partition", StringComparison.Ordinal));
        Assert.All(slots, node => Assert.True(
            most.GetValueOrDefault(node.Key) <= node.Value + (managers.Contains(node.Key) ? 2 : 0) + takeovers, $"Process {node.Key} ran {most.GetValueOrDefault(node.Key)} with {node.Value} slots."));
        await AssertEachRowOnceAsync();
    }

    [SkippableFact]
    public async Task A_limit_for_the_cluster_holds_over_all_nodes()
    {
        Skip.If(_server is null, "No PostgreSQL server: install the package 'postgresql'.");
        await using var nodes = new NodeProcesses(_server.ConnectionString, 1, 100); // each second, half a second long at least: two nodes would overlap
        nodes.Start((ScheduleNode.JobLimit, "1"));
        nodes.Start((ScheduleNode.JobLimit, "1"));

        await UntilAsync("SELECT count(*) FROM work_done", count => count >= 10 * ScheduleNode.ItemCount);

        Assert.Equal(0, await CountAsync("""
            SELECT count(*)
            FROM clutch_job_execution AS one
            JOIN clutch_job_execution AS other ON other.id > one.id AND other.started_at < coalesce(one.ended_at, clock_timestamp())
            """));
    }

    [SkippableFact]
    public async Task A_rolling_deployment_loses_and_doubles_nothing()
    {
        await using var nodes = Nodes();
        var old = new List<int> { nodes.Start(Launch), nodes.Start(), nodes.Start() };
        await UntilAsync("SELECT count(DISTINCT node) FROM partition_row", count => count >= 2);

        var exits = new List<int>();
        foreach (var process in old)
        {
            // The new version runs beside the old one before one of these goes.
            var replacement = nodes.Start();
            await UntilAsync(string.Create(CultureInfo.InvariantCulture, $"SELECT count(*) FROM qrtz_scheduler_state WHERE instance_name LIKE '%/{replacement}/%'"), count => count > 0);
            exits.Add(await nodes.TerminateAsync(process));
            await UntilAsync(string.Create(CultureInfo.InvariantCulture, $"SELECT count(*) FROM clutch_step_execution WHERE status = 'Started' AND node LIKE '%/{process}/%'"), count => count == 0);
        }

        await UntilAsync("SELECT count(*) FROM clutch_step_execution WHERE status = 'Started' AND partition_name IS NOT NULL", count => count > 0);
        await FinishAsync(nodes);

        var writers = await ProcessesAsync("SELECT DISTINCT node FROM partition_row");
        var lost = await CountAsync("SELECT count(*) FROM clutch_job_execution WHERE failure_type = 'LeaseExpired'");
        output.WriteLine($"old {string.Join(' ', old)}, written by {string.Join(' ', writers)}; {await CountAsync("SELECT count(*) FROM clutch_job_execution")} executions, of which {lost} were lost");
        Assert.All(exits, code => Assert.Equal(0, code));
        Assert.NotEmpty(writers.Intersect(old));
        Assert.NotEmpty(writers.Except(old));
        await AssertEachRowOnceAsync();
    }

    private NodeProcesses Nodes()
    {
        Skip.If(_server is null, "No PostgreSQL server: install the package 'postgresql'.");
        var startsAt = (int)TimeProvider.System.GetUtcNow().AddDays(1).ToUnixTimeSeconds();
        return new(_server.ConnectionString, Partitions, Rows, 5, 500, startsAt);
    }

    private async Task FinishAsync(NodeProcesses nodes)
    {
        await File.WriteAllTextAsync(nodes.OverFile, string.Empty);
        await UntilAsync("SELECT count(*) FROM clutch_job_execution WHERE status = 'Completed'", count => count == 1);
    }

    private async Task AssertEachRowOnceAsync()
    {
        Assert.Equal(Partitions * Rows, await CountAsync("SELECT count(*) FROM partition_row"));
        Assert.Equal(Partitions * Rows, await CountAsync("SELECT count(DISTINCT id) FROM partition_row"));
    }

    private Task<IReadOnlyList<int>> ManagersAsync() => ProcessesAsync("SELECT DISTINCT node FROM clutch_job_execution");

    private async Task<IReadOnlyList<int>> ProcessesAsync(string sql)
    {
        await using var command = _database!.CreateCommand(sql);
        await using var rows = await command.ExecuteReaderAsync();
        var processes = new List<int>();
        while (await rows.ReadAsync())
            processes.Add(ProcessOf(rows.GetString(0)));
        return processes;
    }

    private async Task<IReadOnlyList<(int Process, long Held)>> HeldAsync()
    {
        await using var command = _database!.CreateCommand("SELECT node, count(*) FROM clutch_step_execution WHERE status = 'Started' AND partition_name IS NOT NULL GROUP BY node");
        await using var rows = await command.ExecuteReaderAsync();
        var held = new List<(int, long)>();
        while (await rows.ReadAsync())
            held.Add((ProcessOf(rows.GetString(0)), rows.GetInt64(1)));
        return held;
    }

    private static int ProcessOf(string node) => int.Parse(node.Split('/')[2], CultureInfo.InvariantCulture);

    private Task UntilAsync(string sql, Func<long, bool> isThere) => Poll.UntilAsync(() => TryCountAsync(sql), isThere);

    // A node creates its tables when it starts.
    private async Task<long> TryCountAsync(string sql)
    {
        try
        {
            return await CountAsync(sql);
        }
        catch (PostgresException fault) when (fault.SqlState is PostgresErrorCodes.UndefinedTable)
        {
            return 0;
        }
    }

    private async Task<long> CountAsync(string sql)
    {
        await using var command = _database!.CreateCommand(sql);
        return (long)(await command.ExecuteScalarAsync())!;
    }
}
