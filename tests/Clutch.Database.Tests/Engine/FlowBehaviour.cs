using System.Collections.Concurrent;
using Clutch.Executions;
using Clutch.Hosting;
using Clutch.Jobs;
using Clutch.Steps;
using Clutch.Testing;

namespace Clutch.Database.Tests.Engine;

public abstract class FlowBehaviour<TStore> : EngineTests<TStore>
    where TStore : EngineStore, new()
{
    private readonly ConcurrentQueue<string> _ran = new();

    [SkippableTheory]
    [InlineData("Completed", "exact")]
    [InlineData("Complete with warnings", "prefix")]
    [InlineData("Complex", "question")]
    [InlineData("Other", "any")]
    public async Task The_most_specific_transition_wins(string exitCode, string expected)
    {
        var outcome = await RunAsync(job => job
            .Step("first", (step, _) =>
            {
                step.ExitCode = exitCode;
                return Task.CompletedTask;
            })
            .Aside(aside => aside.Step("exact", Run).Step("prefix", Run).Step("question", Run).Step("any", Run))
            .On("first").Any().GoTo("any")
            .On("first").Outcome("Comple*").GoTo("prefix")
            .On("first").Outcome("Complex?").GoTo("any")
            .On("first").Outcome("Comple?").GoTo("question")
            .On("first").Completed().GoTo("exact"));

        Assert.Equal(BatchStatus.Completed, outcome.Status);
        Assert.Equal([expected], _ran);
    }

    [SkippableFact]
    public async Task A_failed_step_that_no_transition_takes_care_of_fails_the_job()
    {
        var outcome = await RunAsync(job => job
            .Step("first", Fail)
            .Step("second", Run)
            .On("first").Outcome("Late").GoTo("second"));

        Assert.Equal(BatchStatus.Failed, outcome.Status);
        Assert.Equal("first went wrong", outcome.Execution.Failure!.Message);
        Assert.Empty(_ran);
    }

    [SkippableFact]
    public async Task A_failure_that_a_transition_takes_care_of_is_behind_the_job()
    {
        var outcome = await RunAsync(job => job
            .Step("first", Fail)
            .Step("second", Run)
            .Aside(aside => aside.Step("cleanup", Run))
            .On("first").Failed().GoTo("cleanup"));

        Assert.Equal(BatchStatus.Completed, outcome.Status);
        Assert.Equal(["cleanup"], _ran);
        Assert.Equal(BatchStatus.Failed, outcome.Step("first").Status);
    }

    [SkippableFact]
    public async Task A_decision_chooses_the_way_by_what_came_before()
    {
        var outcome = await RunAsync(job => job
            .Step("first", Run)
            .Decide("enough?", context => context is { PreviousNode: "first", PreviousExitCode: "Completed" } ? "yes" : "no")
            .Step("more", Run)
            .Step("end", Run)
            .On("enough?").Outcome("yes").GoTo("end")
            .On("enough?").Outcome("no").GoTo("more"));

        Assert.Equal(BatchStatus.Completed, outcome.Status);
        Assert.Equal(["first", "end"], _ran);
    }

    [SkippableFact]
    public async Task A_decision_that_throws_fails_the_job_and_is_asked_again_by_a_restart()
    {
        var asked = 0;
        var name = NewName("flow");
        await using var host = NewHost(clutch => clutch.AddJob(name, job => job
            .Step("first", Run)
            .Decide("which?", _ => ++asked == 1 ? throw new InvalidOperationException("No idea.") : "on")
            .Step("last", Run)));

        var failed = await host.RunAsync(name);
        var completed = await host.RunAsync(name);

        Assert.Equal((BatchStatus.Failed, "No idea."), (failed.Status, failed.Execution.Failure!.Message));
        Assert.Equal(BatchStatus.Completed, completed.Status);
        Assert.Equal(["first", "last"], _ran);
    }

    [SkippableFact]
    public async Task A_split_waits_for_all_its_flows_and_the_worst_outcome_counts()
    {
        var slowMayEnd = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var name = NewName("flow");
        var isFailing = true;
        await using var host = NewHost(clutch => clutch.AddJob(name, job => job
            .Split(
                "both",
                flow => flow.Step("slow", async (step, _) =>
                {
                    await slowMayEnd.Task;
                    await Run(step, CancellationToken.None);
                }).Step("slow2", Run),
                flow => flow.Step("quick", async (step, cancellationToken) =>
                {
                    slowMayEnd.TrySetResult();
                    if (isFailing)
                        await Fail(step, cancellationToken);
                    await Run(step, cancellationToken);
                }))
            .Step("after", Run)));

        var failed = await host.RunAsync(name);
        isFailing = false;
        var completed = await host.RunAsync(name);

        Assert.Equal((BatchStatus.Failed, "quick went wrong"), (failed.Status, failed.Execution.Failure!.Message));
        Assert.Equal(["quick", "slow", "slow2"], failed.Steps.Select(step => step.StepName).Order(StringComparer.Ordinal));
        Assert.Equal(BatchStatus.Completed, completed.Status);
        Assert.Equal(["slow", "slow2", "quick", "after"], _ran);
    }

    [SkippableFact]
    public async Task A_stop_and_restart_at_transition_stops_after_its_step_and_the_restart_runs_only_the_next()
    {
        var name = NewName("flow");
        await using var host = NewHost(clutch => clutch.AddJob(name, job => job
            .Step("first", Run)
            .Step("second", Run)
            .On("first").Completed().StopAndRestartAt("second")));

        var stopped = await host.RunAsync(name);
        var ranBefore = _ran.ToList();
        var completed = await host.RunAsync(name);

        Assert.Equal((BatchStatus.Stopped, "second"), (stopped.Status, stopped.Execution.RestartAt));
        Assert.Equal(["first"], ranBefore);
        Assert.Equal(BatchStatus.Completed, completed.Status);
        Assert.Equal(["second"], completed.Steps.Select(step => step.StepName));
        Assert.Equal(["first", "second"], _ran);
    }

    [SkippableFact]
    public async Task A_restart_that_failed_after_a_planned_stop_does_not_stop_there_again()
    {
        var name = NewName("flow");
        var runs = 0;
        await using var host = NewHost(clutch => clutch.AddJob(name, job => job
            .Step("first", Run)
            .Step("second", (step, cancellationToken) => ++runs == 1 ? Fail(step, cancellationToken) : Run(step, cancellationToken))
            .On("first").Completed().StopAndRestartAt("second")));

        var outcomes = new[] { await host.RunAsync(name), await host.RunAsync(name), await host.RunAsync(name) };

        Assert.Equal([BatchStatus.Stopped, BatchStatus.Failed, BatchStatus.Completed], outcomes.Select(outcome => outcome.Status));
        Assert.Equal(["first", "second"], _ran);
    }

    [SkippableFact]
    public async Task A_restart_that_failed_behind_a_planned_stop_begins_where_the_stop_pointed()
    {
        var name = NewName("flow");
        var runs = 0;
        await using var host = NewHost(clutch => clutch.AddJob(name, job => job
            .Step("first", Fail)
            .Step("second", Run)
            .Aside(aside => aside.Step("repair", (step, cancellationToken) => ++runs == 1 ? Fail(step, cancellationToken) : Run(step, cancellationToken)))
            .On("first").Failed().StopAndRestartAt("repair")));

        var outcomes = new[] { await host.RunAsync(name), await host.RunAsync(name), await host.RunAsync(name) };

        Assert.Equal([BatchStatus.Stopped, BatchStatus.Failed, BatchStatus.Completed], outcomes.Select(outcome => outcome.Status));
        Assert.Equal(["repair", "repair", null], outcomes.Select(outcome => outcome.Execution.RestartAt));
        Assert.Equal(["repair"], _ran);
    }

    [SkippableFact]
    public async Task Transitions_can_end_the_job_completed_or_failed()
    {
        var ended = await RunAsync(job => job.Step("first", Fail).Step("second", Run).On("first").Failed().End("Nothing to do"));
        var failed = await RunAsync(job => job.Step("first", Run).Step("second", Run).On("first").Completed().Fail());

        Assert.Equal((BatchStatus.Completed, "Nothing to do"), (ended.Status, ended.Execution.ExitCode));
        Assert.Equal(BatchStatus.Failed, failed.Status);
        Assert.Contains("'first' ended 'Completed', on which the job is defined to fail", failed.Execution.Failure!.Message, StringComparison.Ordinal);
        Assert.Equal(["first"], _ran);
    }

    [SkippableTheory]
    [InlineData(1, 0)]
    [InlineData(4, 0)]
    [InlineData(1, 2)]
    [InlineData(2, 2)]
    public async Task A_flow_that_comes_back_to_a_step_which_failed_goes_on_at_its_checkpoint(int concurrency, int partitions)
    {
        var name = NewName("flow");
        var table = await Store.CreateTableAsync(name);
        var source = new NumberSource(8);
        var faults = new ItemFaults<int>().Fail(6).Fail(8, times: 2, () => new InvalidOperationException("Not yet."));
        await using var host = NewHost(clutch => clutch.AddJob(name, job =>
        {
            job.Step("load", step =>
            {
                var chunks = NumberJob.CommitTo(Store.Target, step
                    .Read(_ => source.CreateReader())
                    .Process(faults.Pass)
                    .Write(_ => table.CreateWriter())
                    .ChunkSize(1)
                    .Concurrency(partitions == 0 ? concurrency : 1)
                    .Skip<BadItemException>(limit: 1));
                return partitions == 0 ? chunks : chunks.Partition(_ => Partitioners.Of(source.Cut(2)), concurrency);
            });
            job.Aside(aside => aside.Step("pause", Run));
            job.On("load").Failed().GoTo("pause");
            job.On("pause").Any().GoTo("load");
        }));

        var outcome = await host.RunAsync(name);

        Assert.Equal(BatchStatus.Completed, outcome.Status);
        Assert.Equal([1, 2, 3, 4, 5, 7, 8], await table.ReadAsync());
        Assert.Equal(["pause", "pause"], _ran);
        Assert.Equal(
            [(BatchStatus.Failed, 1), (BatchStatus.Failed, 2), (BatchStatus.Completed, 3)],
            outcome.Steps.Where(step => step is { StepName: "load", Partition: null }).Select(step => (step.Status, step.StartCount)));
        var letter = Assert.Single(await Repository.ListDeadLettersAsync(new() { InstanceId = outcome.Execution.InstanceId }, CancellationToken.None));
        Assert.Equal(partitions == 0 ? 6 : 2, letter.Ordinal);
        await Invariants.CheckAsync(Repository, outcome.Execution.InstanceId, [new() { StepName = "load", InputCount = 8, ReadRowsAsync = table.ReadAsync }]);
    }

    [SkippableTheory]
    [InlineData(0, false)]
    [InlineData(2, false)]
    [InlineData(2, true)]
    public async Task A_step_that_runs_again_after_it_has_completed_may_skip_as_many_items_again(int partitions, bool isSpread)
    {
        var name = NewName("again");
        var source = new NumberSource(6);
        var bad = new ItemFaults<int>().FailAll([1, 6]);
        var (round, isBroken) = (0, false);
        await using var host = NewHost(clutch => clutch.AddJob(name, job => job
            .Step("load", step =>
            {
                var chunks = NumberJob.CommitTo(Store.Target, step
                    .Read(_ => source.CreateReader())
                    .Process(number =>
                    {
                        Throw.If(round == 1 && number == 5 && !isBroken && (isBroken = true), "Once, in the second round.");
                        return bad.Pass(number);
                    })
                    .WriteChunk((_, _, _) => ValueTask.CompletedTask)
                    .ChunkSize(1)
                    .Skip<BadItemException>(limit: 2)
                    .RunAgainOnRestart());
                if (partitions > 0)
                    chunks = chunks.Partition(_ => Partitioners.Of(source.Cut(2)), concurrency: 1);
                return isSpread ? chunks.OnAllNodes() : chunks;
            })
            .Step("fail", (_, _) =>
            {
                Throw.If(round++ == 0, "After the first round.");
                return Task.CompletedTask;
            })));

        var outcomes = new[] { await host.RunAsync(name), await host.RunAsync(name), await host.RunAsync(name) };

        Assert.Equal([BatchStatus.Failed, BatchStatus.Failed, BatchStatus.Completed], outcomes.Select(outcome => outcome.Status));
        Assert.Equal([2, 1, partitions > 0 ? 2 : 1], outcomes.Select(outcome => outcome.Step("load").Counts.Skipped));
    }

    [SkippableFact]
    public async Task A_flow_may_come_back_to_a_step_and_runs_it_from_its_start_each_time()
    {
        var name = NewName("flow");
        var table = new List<int>();
        var rounds = 0;
        await using var host = NewHost(clutch => clutch.AddJob(name, job => job
            .Step("load", step => step.ReadFrom([1, 2, 3]).WriteChunk((batch, _, _) =>
            {
                table.AddRange(batch.Items.ToArray());
                return ValueTask.CompletedTask;
            }))
            .Decide("again?", _ => ++rounds < 3 ? "yes" : "no")
            .On("again?").Outcome("yes").GoTo("load")));

        var outcome = await host.RunAsync(name);

        Assert.Equal(BatchStatus.Completed, outcome.Status);
        Assert.Equal([1, 2, 3, 1, 2, 3, 1, 2, 3], table);
        Assert.Equal([1, 2, 3], outcome.Steps.Select(step => step.StartCount));
    }

    [SkippableFact]
    public async Task A_restart_passes_over_a_completed_step_once_and_runs_it_where_the_flow_comes_back_to_it()
    {
        var name = NewName("flow");
        var questions = 0;
        await using var host = NewHost(clutch => clutch.AddJob(name, job => job
            .Step("load", Run)
            .Decide("again?", _ => ++questions switch
            {
                1 or 3 => "yes",
                2 => throw new InvalidOperationException("No idea."),
                4 => "no",
                _ => throw new InvalidOperationException("Asked too often."),
            })
            .On("again?").Outcome("yes").GoTo("load")));

        var failed = await host.RunAsync(name);
        var completed = await host.RunAsync(name);

        Assert.Equal((BatchStatus.Failed, BatchStatus.Completed), (failed.Status, completed.Status));
        Assert.Equal([1, 2], failed.Steps.Select(step => step.StartCount));
        Assert.Equal([3], completed.Steps.Select(step => step.StartCount));
    }

    [SkippableFact]
    public async Task A_flow_that_comes_back_to_a_partitioned_step_cuts_it_anew()
    {
        var name = NewName("flow");
        var rows = new ConcurrentQueue<int>();
        var rounds = 0;
        var source = new NumberSource(4);
        await using var host = NewHost(clutch => clutch.AddJob(name, job => job
            .Step("load", step => step.Read(_ => source.CreateReader()).WriteChunk((batch, _, _) =>
            {
                foreach (var item in batch.Items.ToArray())
                    rows.Enqueue(item);
                return ValueTask.CompletedTask;
            }).Partition(_ => new Partitioner(() => source.Cut(2))))
            .Decide("again?", _ => ++rounds < 2 ? "yes" : "no")
            .On("again?").Outcome("yes").GoTo("load")));

        var outcome = await host.RunAsync(name);

        Assert.Equal(BatchStatus.Completed, outcome.Status);
        Assert.Equal([1, 1, 2, 2, 3, 3, 4, 4], rows.Order());
    }

    [SkippableFact]
    public async Task A_partitioned_step_that_runs_again_and_was_not_cut_is_cut_by_the_next_restart()
    {
        var name = NewName("flow");
        var rows = new ConcurrentQueue<int>();
        var (cuts, ends) = (0, 0);
        var source = new NumberSource(4);
        await using var host = NewHost(clutch => clutch.AddJob(name, job => job
            .Step("load", step => step.Read(_ => source.CreateReader()).WriteChunk((batch, _, _) =>
            {
                foreach (var item in batch.Items.ToArray())
                    rows.Enqueue(item);
                return ValueTask.CompletedTask;
            }).Partition(_ => new Partitioner(() => ++cuts == 2 ? throw new InvalidOperationException("No cut.") : source.Cut(2))).RunAgainOnRestart())
            .Step("end", (step, cancellationToken) => ++ends == 1 ? Fail(step, cancellationToken) : Run(step, cancellationToken))));

        var outcomes = new[] { await host.RunAsync(name), await host.RunAsync(name), await host.RunAsync(name) };

        Assert.Equal(["end went wrong", "No cut.", null], outcomes.Select(outcome => outcome.Execution.Failure?.Message));
        Assert.Equal([1, 1, 2, 2, 3, 3, 4, 4], rows.Order());
    }

    [SkippableFact]
    public async Task A_partitioned_step_whose_partitions_are_all_done_is_not_cut_again()
    {
        var name = NewName("flow");
        var rows = new ConcurrentQueue<int>();
        var source = new NumberSource(4);
        void Define(ClutchBuilder clutch) => clutch.AddJob(name, job => job
            .Step("load", step => step.Read(_ => source.CreateReader()).WriteChunk((batch, _, _) =>
            {
                foreach (var item in batch.Items.ToArray())
                    rows.Enqueue(item);
                return ValueTask.CompletedTask;
            }).Partition(_ => new Partitioner(() => source.Cut(2)), concurrency: 1)));
        await using var breaking = NewHost(Define, new FaultPlan().ThrowAt(FaultPoint.BeforeStepEnd, 3));
        await using var host = NewHost(Define);

        var failed = await breaking.RunAsync(name);
        var completed = await host.RunAsync(name);

        Assert.Equal((BatchStatus.Failed, BatchStatus.Completed), (failed.Status, completed.Status));
        Assert.Equal([1, 2, 3, 4], rows.Order());
    }

    [SkippableFact]
    public async Task A_nested_job_that_runs_already_is_waited_for()
    {
        var (outer, inner) = (NewName("outer"), NewName("inner"));
        var (isRunning, isAsked, mayEnd) = (NewSignal(), NewSignal(), NewSignal());
        await using var host = NewHost(clutch => clutch
            .AddJob(inner, job => job.Step("one", async (step, cancellationToken) =>
            {
                isRunning.TrySetResult();
                await mayEnd.Task;
                await Run(step, cancellationToken);
            }))
            .AddJob(outer, job => job
                .Job("nested", inner, _ =>
                {
                    isAsked.TrySetResult();
                    return new Dictionary<string, string>(StringComparer.Ordinal);
                })
                .Step("last", Run)));
        var running = await host.LaunchAsync(inner);
        await isRunning.Task;

        var launch = await host.LaunchAsync(outer);
        await isAsked.Task;
        mayEnd.SetResult();
        var outcome = await host.EndOfAsync(launch);
        await running.Run!.Completion;

        Assert.Equal(BatchStatus.Completed, outcome.Status);
        Assert.Equal(["one", "last"], _ran);
        Assert.Single(await Repository.ListExecutionsAsync(new() { JobName = inner }, CancellationToken.None));
    }

    [SkippableFact]
    public async Task A_job_that_nests_itself_does_not_wait_for_itself()
    {
        var (outer, inner) = (NewName("outer"), NewName("inner"));
        await using var host = NewHost(clutch => clutch
            .AddJob(inner, job => job.Job("back", outer))
            .AddJob(outer, job => job.Job("nested", inner)));

        var outcome = await host.RunAsync(outer);

        Assert.Equal(BatchStatus.Failed, outcome.Status);
        Assert.Contains($"'{outer}' runs already", outcome.Execution.Failure!.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task A_nested_job_is_an_execution_of_its_own_and_is_taken_up_by_a_restart()
    {
        var (outer, inner) = (NewName("outer"), NewName("inner"));
        var runs = 0;
        await using var host = NewHost(clutch => clutch
            .AddJob(inner, job => job.Parameter<int>("day")
                .Step("one", Run)
                .Step("two", (step, cancellationToken) => ++runs == 1 ? Fail(step, cancellationToken) : Run(step, cancellationToken)))
            .AddJob(outer, job => job.Parameter<int>("day").Job("nested", inner).Step("last", Run)));

        var failed = await host.RunAsync(outer, ("day", "1"));
        var completed = await host.RunAsync(outer, ("day", "1"));

        Assert.Equal((BatchStatus.Failed, BatchStatus.Completed), (failed.Status, completed.Status));
        Assert.Contains("two went wrong", failed.Execution.Failure!.Message, StringComparison.Ordinal);
        Assert.Equal(["one", "two", "last"], _ran);
        Assert.Equal(2, (await Repository.ListExecutionsAsync(new() { JobName = inner }, CancellationToken.None)).Count);
    }

    [Fact]
    public void All_errors_of_a_definition_are_told_at_once()
    {
        var fault = Assert.Throws<JobDefinitionException>(() => NewHost(clutch => clutch.AddJob("broken", job => job
            .Parameter<int>("day").Parameter<string>("day")
            .Step("load", step => step.ReadFrom([1]))
            .Step("loop", Run)
            .Step("after", Run)
            .Aside(aside => aside.Step("lonely", Run))
            .On("loop").Any().GoTo("loop")
            .On("nobody").Failed().GoTo("nowhere"))));

        Assert.Contains(fault.Errors, error => error.Contains("'day' is declared twice", StringComparison.Ordinal));
        Assert.Contains(fault.Errors, error => error.Contains("Step 'load'", StringComparison.Ordinal) && error.Contains("no writer", StringComparison.Ordinal));
        Assert.Contains(fault.Errors, error => error.Contains("'lonely' is never reached", StringComparison.Ordinal));
        Assert.Contains(fault.Errors, error => error.Contains("'after' is never reached", StringComparison.Ordinal));
        Assert.Contains(fault.Errors, error => error.Contains("On(\"nobody\") names no node", StringComparison.Ordinal));
        Assert.Contains(fault.Errors, error => error.Contains("leads to 'nowhere'", StringComparison.Ordinal));
        Assert.Contains(fault.Errors, error => error.Contains("'loop' is part of a cycle without an exit", StringComparison.Ordinal));
    }

    [Fact]
    public void A_name_that_stands_twice_in_splits_or_beside_them_and_a_split_of_nothing_are_errors()
    {
        var fault = Assert.Throws<JobDefinitionException>(() => NewHost(clutch => clutch.AddJob("broken", job => job
            .Split("one", flow => flow.Step("load", Run), flow => flow.Step("load", Run).Step("check", Run))
            .Split("two", flow => flow.Step("check", Run), flow => flow.Step("report", Run).Split("inner", inner => inner.Step("mail", Run)))
            .Step("mail", Run)
            .Split("none"))));

        Assert.Equal(["'check'", "'load'", "'mail'"], fault.Errors.Where(error => error.Contains("more than once", StringComparison.Ordinal)).Select(error => error.Split(' ')[2]).Order(StringComparer.Ordinal));
        Assert.Contains(fault.Errors, error => error.Contains("Split 'none' has no flows", StringComparison.Ordinal));
    }

    private Task Run(StepContext step, CancellationToken cancellationToken)
    {
        _ran.Enqueue(step.StepName);
        return Task.CompletedTask;
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static Task Fail(StepContext step, CancellationToken cancellationToken) => throw new InvalidOperationException($"{step.StepName} went wrong");

    private async Task<JobOutcome> RunAsync(Action<JobBuilder> build)
    {
        var name = NewName("flow");
        await using var host = NewHost(clutch => clutch.AddJob(name, build));
        return await host.RunAsync(name);
    }
}
