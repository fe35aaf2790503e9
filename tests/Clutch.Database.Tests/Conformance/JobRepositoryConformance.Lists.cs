using Clutch.Executions;
using Clutch.Repository;

namespace Clutch.Database.Tests.Conformance;

public abstract partial class JobRepositoryConformance
{
    [SkippableFact]
    public async Task Executions_are_listed_newest_first_page_by_page()
    {
        var all = new List<JobExecution>();
        for (var day = 1; day <= 5; day++)
            all.Add(await LaunchAsync(Request(date: $"2026-11-0{day}")));
        all.Reverse();

        var first = await Repository.ListExecutionsAsync(new() { Limit = 2 }, Never);
        var second = await Repository.ListExecutionsAsync(new() { Limit = 2, Before = first[^1].Id }, Never);
        var third = await Repository.ListExecutionsAsync(new() { Limit = 2, Before = second[^1].Id }, Never);

        Assert.Equal(all.Select(execution => execution.Id), first.Concat(second).Concat(third).Select(execution => execution.Id));
    }

    [SkippableFact]
    public async Task Executions_are_filtered()
    {
        var failed = await LaunchAsync();
        await EndJobAsync(failed, BatchStatus.Failed);
        var again = await LaunchAsync();
        var other = await LaunchAsync(Request(job: "export"));

        Assert.Equal([again.Id, failed.Id], await IdsAsync(new() { JobName = "import" }));
        Assert.Equal([failed.Id], await IdsAsync(new() { Status = BatchStatus.Failed }));
        Assert.Equal([other.Id, again.Id], await IdsAsync(new() { Status = BatchStatus.Started }));
        Assert.Equal([again.Id], await IdsAsync(new() { JobName = "import", Status = BatchStatus.Started }));
        Assert.Equal([again.Id, failed.Id], await IdsAsync(new() { InstanceId = failed.InstanceId }));
        Assert.Equal([failed.Id], await IdsAsync(new() { InstanceId = failed.InstanceId, JobName = "import", Status = BatchStatus.Failed, Before = again.Id }));
        Assert.Empty(await IdsAsync(new() { JobName = "nothing" }));
        Assert.Equal([other.Id, again.Id, failed.Id], await IdsAsync(new() { StartedFrom = failed.StartedAt.AddHours(-1), StartedBefore = other.StartedAt.AddHours(1) }));
        Assert.Equal([again.Id, failed.Id], await IdsAsync(new() { StartedFrom = failed.StartedAt.AddHours(-1), Before = other.Id }));
        Assert.Empty(await IdsAsync(new() { StartedFrom = other.StartedAt.AddHours(1) }));
        Assert.Empty(await IdsAsync(new() { StartedBefore = failed.StartedAt.AddHours(-1) }));
    }

    [SkippableFact]
    public async Task The_last_execution_of_an_instance_is_found_by_its_key()
    {
        var first = await LaunchAsync();
        await EndJobAsync(first, BatchStatus.Failed);
        var second = await LaunchAsync();

        var found = await Repository.FindLastExecutionAsync("import", Request().Parameters.IdentityKey, Never);

        Assert.Equal(second.Id, found!.Id);
        Assert.Null(await Repository.FindLastExecutionAsync("import", "other", Never));
        Assert.Null(await Repository.FindExecutionAsync(new(4711), Never));
    }

    [SkippableFact]
    public async Task Dead_letters_are_listed_oldest_first_filtered_and_page_by_page()
    {
        var execution = await LaunchAsync();
        var load = await StartAsync(execution);
        var send = await StartAsync(execution, "send");
        await using (var session = await Repository.ChunkStore.OpenAsync(load, isResumed: true, Never))
            await RunChunkAsync(session, load, 1, Letter(load, 1), Letter(load, 2), Letter(load, 3));
        await using (var session = await Repository.ChunkStore.OpenAsync(send, isResumed: true, Never))
            await RunChunkAsync(session, send, 1, row: 2, [Letter(send, 4)]);

        var first = await Repository.ListDeadLettersAsync(new() { InstanceId = execution.InstanceId, Limit = 2 }, Never);
        var second = await Repository.ListDeadLettersAsync(new() { InstanceId = execution.InstanceId, Limit = 2, After = first[^1].Id }, Never);

        Assert.Equal([1, 2, 3, 4], first.Concat(second).Select(letter => letter.Ordinal));
        Assert.Equal([4], (await Repository.ListDeadLettersAsync(new() { StepName = "send" }, Never)).Select(letter => letter.Ordinal));
        Assert.Equal(4, (await Repository.ListDeadLettersAsync(new() { Status = null }, Never)).Count);
        Assert.Empty(await Repository.ListDeadLettersAsync(new() { InstanceId = new(4711) }, Never));
    }

    [SkippableFact]
    public async Task A_purge_deletes_old_instances_whole_bite_by_bite()
    {
        for (var day = 1; day <= 3; day++)
        {
            var failed = await LaunchAsync(Request(date: $"old-{day}"));
            var step = await StartAsync(failed);
            await using (var session = await Repository.ChunkStore.OpenAsync(step, isResumed: true, Never))
                await RunChunkAsync(session, step, 1, row: day, [Letter(step, 1)]);
            await EndStepAsync(step, BatchStatus.Failed);
            await EndJobAsync(failed, BatchStatus.Failed);
            await EndJobAsync(await LaunchAsync(Request(date: $"old-{day}")));
        }

        await AgeAsync();
        var recent = await LaunchAsync(Request(date: "recent"));
        await EndJobAsync(recent, BatchStatus.Failed);
        var running = await LaunchAsync(Request(date: "running"));
        var before = recent.StartedAt.AddDays(-30);

        Assert.Equal(2, await Repository.PurgeAsync(before, 3, Never));
        Assert.Equal(4, await Repository.PurgeAsync(before, 100, Never));
        Assert.Equal(0, await Repository.PurgeAsync(before, 100, Never));

        Assert.Equal([running.Id, recent.Id], await IdsAsync(new()));
        Assert.Empty(await Repository.ListDeadLettersAsync(new() { Status = null }, Never));
        Assert.IsType<LaunchDecision.Launched>(await Repository.LaunchAsync(Request(date: "old-1"), Never));
    }

    [SkippableFact]
    public async Task A_purge_spares_an_instance_that_was_taken_up_again()
    {
        var failed = await LaunchAsync();
        await EndJobAsync(failed, BatchStatus.Failed);
        await AgeAsync();
        var running = await LaunchAsync();

        Assert.Equal(0, await Repository.PurgeAsync(running.StartedAt.AddDays(-30), 100, Never));
        await EndJobAsync(running, BatchStatus.Failed);
        Assert.Equal(0, await Repository.PurgeAsync(running.StartedAt.AddDays(-30), 100, Never));
        Assert.Equal(2, (await IdsAsync(new())).Count);
    }

    [SkippableFact]
    public async Task A_migrated_schema_needs_no_further_migration() => Assert.Empty(await Repository.MigrateAsync(Never));

    private async Task<IReadOnlyList<JobExecutionId>> IdsAsync(ExecutionFilter filter) =>
        (await Repository.ListExecutionsAsync(filter, Never)).Select(execution => execution.Id).ToArray();
}
