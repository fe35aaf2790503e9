using Clutch.Executions;
using Clutch.Repository;

namespace Clutch.Database.Tests.Conformance;

/// <summary>Which partition a claim gets: what a dead node left, what this node ran last, what nobody ran, the rest.</summary>
public abstract partial class JobRepositoryConformance
{
    [SkippableFact]
    public async Task Partitions_that_nobody_ran_are_claimed_in_their_order_whoever_asks()
    {
        var execution = await LaunchAsync();
        await CreateAsync(execution, 4);

        Assert.Equal([Name(1), Name(2), Name(3), Name(4)], await ClaimAllAsync(execution, "node-1", "node-2", "node-1", "node-3"));
    }

    [SkippableFact]
    public async Task A_partition_handed_back_goes_to_the_node_that_ran_it_before_the_others()
    {
        var execution = await LaunchAsync();
        await CreateAsync(execution, 4);
        var first = (await ClaimAsync(execution, "node-1"))!;
        var second = (await ClaimAsync(execution, "node-2"))!;
        await Repository.ReleasePartitionAsync(first.Id, first.Fence, Never);
        await Repository.ReleasePartitionAsync(second.Id, second.Fence, Never);

        Assert.Equal([Name(2), Name(3), Name(1), Name(4)], await ClaimAllAsync(execution, "node-2", "node-2", "node-1", "node-1"));
    }

    [SkippableFact]
    public async Task A_partition_handed_back_goes_to_who_asks_where_nothing_else_waits()
    {
        var execution = await LaunchAsync();
        await CreateAsync(execution, 2);
        foreach (var node in (string[])["node-1", "node-2"])
        {
            var partition = (await ClaimAsync(execution, node))!;
            await Repository.ReleasePartitionAsync(partition.Id, partition.Fence, Never);
        }

        Assert.Equal(2, (await ClaimAllAsync(execution, "node-3", "node-3")).Distinct().Count());
        Assert.Null(await ClaimAsync(execution, "node-3"));
    }

    [SkippableFact]
    public async Task A_restart_hands_out_each_partition_first_to_the_node_that_ran_it_before()
    {
        var execution = await LaunchAsync();
        await CreateAsync(execution, "node-1", null, "node-2", "node-2", null);

        Assert.Equal([Name(3), Name(1), Name(4), Name(2), Name(5)], await ClaimAllAsync(execution, "node-2", "node-1", "node-2", "node-2", "node-1"));
        Assert.Null(await ClaimAsync(execution, "node-1"));
    }

    [SkippableFact]
    public async Task What_other_nodes_ran_before_goes_last_and_does_not_stay()
    {
        var execution = await LaunchAsync();
        await CreateAsync(execution, "node-1", null, "node-2", null);

        var claimed = await ClaimAllAsync(execution, "node-3", "node-3", "node-3", "node-3");

        Assert.Equal([Name(2), Name(4)], claimed.Take(2));
        Assert.Equal([Name(1), Name(3)], claimed.Skip(2).Order());
    }

    [SkippableFact]
    public async Task What_a_dead_node_left_goes_before_all_that_waits()
    {
        var execution = await LaunchAsync();
        await CreateAsync(execution, 3);
        var handedBack = (await ClaimAsync(execution, "node-1"))!;
        var left = (await ClaimAsync(execution, "node-2"))!;
        await Repository.ReleasePartitionAsync(handedBack.Id, handedBack.Fence, Never);
        await ExpireLeaseAsync(execution.Id);

        Assert.Equal([left.Partition, handedBack.Partition, Name(3)], await ClaimAllAsync(execution, "node-1", "node-1", "node-1"));
    }

    [SkippableFact]
    public async Task What_an_execution_was_at_when_its_owner_died_goes_before_all_that_waits_first_to_who_ran_it()
    {
        var execution = await LaunchAsync();
        await CreateInterruptedAsync(execution, null, "node-1", "node-2", null);

        Assert.Equal(new PartitionStand(2, 2), await Repository.WatchPartitionsAsync(execution.Id, "load", Never));
        Assert.Equal([Name(3), Name(2), Name(1), Name(4)], await ClaimAllAsync(execution, "node-2", "node-2", "node-2", "node-1"));
    }

    [SkippableFact]
    public async Task What_an_execution_was_at_when_its_owner_died_is_there_for_workers_that_are_busy_too()
    {
        var execution = await LaunchAsync();
        await CreateInterruptedAsync(execution, null, "node-1", "node-2");

        Assert.Equal(Name(3), (await TakeOverAsync(execution, "node-2"))?.Partition);
        Assert.Equal(Name(2), (await TakeOverAsync(execution, "node-2"))?.Partition);
        Assert.Null(await TakeOverAsync(execution, "node-2"));
    }

    [SkippableFact]
    public async Task A_partition_of_the_execution_before_is_no_death_of_this_one()
    {
        var execution = await LaunchAsync();
        await CreateInterruptedAsync(execution, "node-1");
        for (var node = 2; node <= 4; node++)
        {
            Assert.NotNull(node == 2 ? await TakeOverAsync(execution, "node-2") : await ClaimAsync(execution, $"node-{node}"));
            await ExpireLeaseAsync(execution.Id);
        }

        Assert.Equal(0, (await Repository.WatchPartitionsAsync(execution.Id, "load", Never)).Open);
    }

    /// <summary>One partition for each of these nodes, which was at it when the execution before lost its owner; null for one that nobody ran.</summary>
    private async Task CreateInterruptedAsync(JobExecution execution, params string?[] nodes)
    {
        var plan = Plan(execution, nodes.Length);
        var partitions = plan.Partitions.Zip(nodes, (part, node) => part with { LastNode = node, IsInterrupted = node is not null });
        Assert.True(await Repository.CreatePartitionsAsync(plan with { Partitions = [.. partitions] }, Never));
    }

    private Task<StepExecution?> TakeOverAsync(JobExecution execution, string node) =>
        Repository.ClaimPartitionAsync(new(execution.Id, "load", node, Lease) { Choice = PartitionChoice.Expired }, Never).AsTask();

    /// <summary>One partition for each of these nodes, which ran it last; null for one that nobody ran.</summary>
    private async Task CreateAsync(JobExecution execution, params string?[] lastNodes)
    {
        var plan = Plan(execution, lastNodes.Length);
        Assert.True(await Repository.CreatePartitionsAsync(plan with { Partitions = [.. plan.Partitions.Zip(lastNodes, (part, node) => part with { LastNode = node })] }, Never));
    }

    /// <summary>The names of the partitions that these nodes get, one after the other.</summary>
    private async Task<IReadOnlyList<string?>> ClaimAllAsync(JobExecution execution, params string[] nodes)
    {
        var names = new List<string?>();
        foreach (var node in nodes)
            names.Add((await ClaimAsync(execution, node))?.Partition);
        return names;
    }
}
