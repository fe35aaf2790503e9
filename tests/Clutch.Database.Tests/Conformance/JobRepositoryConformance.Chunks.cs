using Clutch.Executions;
using Clutch.Items;
using Clutch.Repository;

namespace Clutch.Database.Tests.Conformance;

public abstract partial class JobRepositoryConformance
{
    [SkippableFact]
    public async Task A_chunk_commits_rows_checkpoint_and_counters_together()
    {
        var step = await StartAsync(await LaunchAsync());
        await using var session = await Repository.ChunkStore.OpenAsync(step, isResumed: true, Never);
        await using var chunk = await session.BeginAsync(Never);
        await WriteRowAsync(chunk, 1);
        var counts = new StepCounts { Read = 10, Written = 7, Filtered = 1, ReadSkipped = 1, ProcessSkipped = 1, WriteSkipped = 1, Commits = 1, Rollbacks = 2, Retries = 3 };

        var answer = await chunk.CommitAsync(
            Commit(step, 1) with { Checkpoint = new(new("in"), new("out")), Counts = counts, Fraction = 0.25, Context = """{"s":"1"}""" }, Never);

        var stored = await FindAsync(step);
        Assert.Equal(LeaseAnswer.Held, answer);
        Assert.Equal([1], await ListRowsAsync());
        Assert.Equal((new StepCheckpoint(new("in"), new("out")), counts, 0.25, """{"s":"1"}"""), (stored.Checkpoint, stored.Counts, stored.Fraction, stored.Context));
        Assert.Equal(BatchStatus.Started, stored.Status);
    }

    [SkippableFact]
    public async Task A_checkpoint_may_have_no_places()
    {
        var step = await StartAsync(await LaunchAsync());
        await using var session = await Repository.ChunkStore.OpenAsync(step, isResumed: true, Never);
        await using var chunk = await session.BeginAsync(Never);

        await chunk.CommitAsync(Commit(step, 1) with { Checkpoint = new(null, null) }, Never);

        Assert.Equal(new StepCheckpoint(null, null), (await FindAsync(step)).Checkpoint);
    }

    [SkippableFact]
    public async Task Chunk_follows_chunk_on_one_session()
    {
        var step = await StartAsync(await LaunchAsync());
        await using var session = await Repository.ChunkStore.OpenAsync(step, isResumed: true, Never);

        for (var number = 1; number <= 5; number++)
            Assert.Equal(LeaseAnswer.Held, await RunChunkAsync(session, step, number));

        Assert.Null(session.LastCommitted);
        Assert.Equal([1, 2, 3, 4, 5], await ListRowsAsync());
        Assert.Equal((50, 5), ((await FindAsync(step)).Counts.Read, (await FindAsync(step)).Counts.Commits));
    }

    [SkippableFact]
    public async Task A_context_that_did_not_change_stays()
    {
        var step = await StartAsync(await LaunchAsync());
        await using var session = await Repository.ChunkStore.OpenAsync(step, isResumed: true, Never);
        await using (var chunk = await session.BeginAsync(Never))
            await chunk.CommitAsync(Commit(step, 1) with { Context = """{"s":"1"}""" }, Never);

        await RunChunkAsync(session, step, 2);

        Assert.Equal("""{"s":"1"}""", (await FindAsync(step)).Context);
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_is_not_committed_leaves_nothing(bool rollsBack)
    {
        var step = await StartAsync(await LaunchAsync());
        await using var session = await Repository.ChunkStore.OpenAsync(step, isResumed: true, Never);
        await RunChunkAsync(session, step, 1);
        await using (var chunk = await session.BeginAsync(Never))
        {
            await WriteRowAsync(chunk, 2);
            if (rollsBack)
                await chunk.RollbackAsync(Never);
        }

        Assert.Equal([1], await ListRowsAsync());
        Assert.Equal(1, (await FindAsync(step)).Counts.Commits);
        Assert.Equal(LeaseAnswer.Held, await RunChunkAsync(session, step, 2));
        Assert.Equal([1, 2], await ListRowsAsync());
    }

    [SkippableFact]
    public async Task A_session_that_dies_in_a_chunk_leaves_nothing_of_it()
    {
        var step = await StartAsync(await LaunchAsync());
        var session = await Repository.ChunkStore.OpenAsync(step, isResumed: true, Never);
        await RunChunkAsync(session, step, 1);
        var chunk = await session.BeginAsync(Never);
        await WriteRowAsync(chunk, 2);

        await session.DisposeAsync();

        Assert.Equal([1], await ListRowsAsync());
        await using var next = await Repository.ChunkStore.OpenAsync(step, isResumed: true, Never);
        Assert.Equal(LeaseAnswer.Held, await RunChunkAsync(next, step, 2));
    }

    [SkippableFact]
    public async Task A_connection_that_breaks_before_the_commit_leaves_nothing_and_is_replaced()
    {
        var step = await StartAsync(await LaunchAsync());
        await using var session = await Repository.ChunkStore.OpenAsync(step, isResumed: true, Never);
        await RunChunkAsync(session, step, 1);
        Exception fault;
        await using (var chunk = await session.BeginAsync(Never))
        {
            await WriteRowAsync(chunk, 2);
            Skip.IfNot(await BreakAsync(chunk), "This store has no connection that could break.");
            fault = await Assert.ThrowsAnyAsync<Exception>(() => chunk.CommitAsync(Commit(step, 2), Never).AsTask());
        }

        Assert.True(Repository.ChunkStore.IsTransient(fault), $"'{fault}' is transient.");
        Assert.False(await session.HasCommittedAsync(Commit(step, 2), Never));
        Assert.Equal(LeaseAnswer.Held, await RunChunkAsync(session, step, 2));
        Assert.Equal([1, 2], await ListRowsAsync());
        Assert.Equal(2, (await FindAsync(step)).Counts.Commits);
    }

    [SkippableFact]
    public async Task A_commit_that_went_through_is_known_afterwards()
    {
        var step = await StartAsync(await LaunchAsync());
        await using var session = await Repository.ChunkStore.OpenAsync(step, isResumed: true, Never);
        await RunChunkAsync(session, step, 1);

        Assert.True(await session.HasCommittedAsync(Commit(step, 1), Never));
        Assert.False(await session.HasCommittedAsync(Commit(step, 2), Never));
    }

    [SkippableFact]
    public async Task A_chunk_does_not_commit_twice()
    {
        var step = await StartAsync(await LaunchAsync());
        await using var session = await Repository.ChunkStore.OpenAsync(step, isResumed: true, Never);
        await RunChunkAsync(session, step, 1);

        Assert.Equal(LeaseAnswer.Lost, await RunChunkAsync(session, step, 1, row: 2, []));
        Assert.Equal([1], await ListRowsAsync());
    }

    [SkippableFact]
    public async Task Who_lost_the_lease_in_the_middle_of_a_chunk_cannot_commit()
    {
        var execution = await LaunchAsync();
        var step = await StartAsync(execution);
        await using var session = await Repository.ChunkStore.OpenAsync(step, isResumed: true, Never);
        await RunChunkAsync(session, step, 1);
        await ExpireLeaseAsync(execution.Id);
        Assert.Single(await Repository.RecoverAsync([], [], Never));
        await using (var chunk = await session.BeginAsync(Never))
        {
            await WriteRowAsync(chunk, 2);

            Assert.Equal(LeaseAnswer.Lost, await chunk.CommitAsync(Commit(step, 2, Letter(step, 7)), Never));
        }

        Assert.Equal([1], await ListRowsAsync());
        Assert.Equal((1, BatchStatus.Failed), ((await FindAsync(step)).Counts.Commits, (await FindAsync(step)).Status));
        Assert.Empty(await Repository.ListDeadLettersAsync(new(), Never));
    }

    [SkippableFact]
    public async Task An_older_fence_cannot_commit()
    {
        var step = await StartAsync(await LaunchAsync());
        var stale = step with { Fence = step.Fence - 1 };
        await using var session = await Repository.ChunkStore.OpenAsync(stale, isResumed: true, Never);

        Assert.Equal(LeaseAnswer.Lost, await RunChunkAsync(session, stale, 1));
        Assert.Empty(await ListRowsAsync());
    }

    [SkippableFact]
    public async Task A_commit_tells_that_a_stop_was_asked_for()
    {
        var execution = await LaunchAsync();
        var step = await StartAsync(execution);
        await using var session = await Repository.ChunkStore.OpenAsync(step, isResumed: true, Never);
        Assert.Equal(LeaseAnswer.Held, await RunChunkAsync(session, step, 1));

        await Repository.RequestStopAsync(execution.Id, Never);

        Assert.Equal(LeaseAnswer.HeldStopRequested, await RunChunkAsync(session, step, 2));
        Assert.Equal([1, 2], await ListRowsAsync());
    }

    [SkippableFact]
    public async Task A_return_to_the_savepoint_undoes_what_came_after_it()
    {
        var step = await StartAsync(await LaunchAsync());
        await using var session = await Repository.ChunkStore.OpenAsync(step, isResumed: true, Never);
        await using var chunk = await session.BeginAsync(Never);
        await WriteRowAsync(chunk, 1);
        await chunk.SetSavepointAsync(Never);
        await WriteRowAsync(chunk, 2);
        await chunk.ReturnToSavepointAsync(Never);
        await WriteRowAsync(chunk, 3);
        await chunk.SetSavepointAsync(Never);
        await WriteRowAsync(chunk, 4);
        await chunk.ReturnToSavepointAsync(Never);
        await WriteRowAsync(chunk, 5);
        await chunk.ReturnToSavepointAsync(Never);

        await chunk.CommitAsync(Commit(step, 1), Never);

        Assert.Equal([1, 3], await ListRowsAsync());
    }

    [SkippableFact]
    public async Task Dead_letters_commit_with_their_chunk()
    {
        var step = await StartAsync(await LaunchAsync());
        await using var session = await Repository.ChunkStore.OpenAsync(step, isResumed: true, Never);

        await RunChunkAsync(session, step, 1, Letter(step, 3), Letter(step, 7, SkipPhase.Read));

        var letters = await Repository.ListDeadLettersAsync(new(), Never);
        Assert.Equal([3, 7], letters.Select(letter => letter.Ordinal));
        var expected = Letter(step, 3) with { Id = letters[0].Id, Payload = "{\"name\":\"Ü\uFFFDber\"}" };
        Assert.Equal(expected, letters[0] with { Payload = letters[0].Payload!.Replace('\0', '\uFFFD') });
        Assert.Equal(SkipPhase.Read, letters[1].Phase);
    }

    [SkippableFact]
    public async Task Dead_letters_of_a_chunk_that_rolled_back_are_gone()
    {
        var step = await StartAsync(await LaunchAsync());
        var stale = step with { Fence = 0 };
        await using var session = await Repository.ChunkStore.OpenAsync(stale, isResumed: true, Never);

        await RunChunkAsync(session, stale, 1, Letter(step, 3));

        Assert.Empty(await Repository.ListDeadLettersAsync(new(), Never));
    }

    [SkippableFact]
    public async Task Letters_are_marked_as_redriven_with_the_chunk_that_writes_them()
    {
        var step = await StartAsync(await LaunchAsync());
        await using var session = await Repository.ChunkStore.OpenAsync(step, isResumed: true, Never);
        await RunChunkAsync(session, step, 1, Letter(step, 3), Letter(step, 7));
        var letters = await Repository.ListDeadLettersAsync(new(), Never);
        await using (var undone = await session.BeginAsync(Never))
            await Repository.MarkRedrivenAsync([letters[1].Id], undone, Never);

        await using (var chunk = await session.BeginAsync(Never))
        {
            await Repository.MarkRedrivenAsync([letters[0].Id], chunk, Never);
            await chunk.CommitAsync(Commit(step, 2), Never);
        }

        Assert.Equal([7], (await Repository.ListDeadLettersAsync(new(), Never)).Select(letter => letter.Ordinal));
        Assert.Equal([3], (await Repository.ListDeadLettersAsync(new() { Status = DeadLetterStatus.Redriven }, Never)).Select(letter => letter.Ordinal));
    }

    [SkippableFact]
    public async Task A_chunk_with_a_letter_that_another_execution_has_run_meanwhile_leaves_nothing()
    {
        var step = await StartAsync(await LaunchAsync());
        await using var session = await Repository.ChunkStore.OpenAsync(step, isResumed: true, Never);
        await RunChunkAsync(session, step, 1, Letter(step, 3), Letter(step, 7));
        var letters = (await Repository.ListDeadLettersAsync(new(), Never)).Select(letter => letter.Id).ToList();
        Assert.Equal(LeaseAnswer.Held, await RedriveAsync(session, step, 2, [letters[0]]));

        var fault = await Assert.ThrowsAsync<RepositoryException>(() => RedriveAsync(session, step, 3, letters));

        Assert.Contains("1 of the chunk's 2 dead letters were run again by another execution meanwhile", fault.Message, StringComparison.Ordinal);
        Assert.False(Repository.ChunkStore.IsTransient(fault), "The same chunk would fail again.");
        Assert.Equal([1, 2], await ListRowsAsync());
        Assert.Equal([7], (await Repository.ListDeadLettersAsync(new(), Never)).Select(letter => letter.Ordinal));
        Assert.Equal(LeaseAnswer.Held, await RedriveAsync(session, step, 3, [letters[1]]));
    }

    /// <summary>One chunk that writes a row and takes up these letters.</summary>
    private async Task<LeaseAnswer> RedriveAsync(IChunkSession session, StepExecution step, int number, IReadOnlyCollection<long> letters)
    {
        await using var chunk = await session.BeginAsync(Never);
        await WriteRowAsync(chunk, number);
        await Repository.MarkRedrivenAsync(letters, chunk, Never);
        return await chunk.CommitAsync(Commit(step, number), Never);
    }
}
