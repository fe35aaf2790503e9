using Clutch.Executions;

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
