using Clutch.Executions;
using Clutch.Jobs;
using Clutch.Repository;
using Clutch.Testing;

namespace Clutch.Database.Tests.Engine;

public abstract class LaunchBehaviour<TStore> : EngineTests<TStore>
    where TStore : EngineStore, new()
{
    [SkippableFact]
    public async Task A_completed_instance_is_refused_although_a_mere_setting_differs()
    {
        var name = NewName("job");
        await using var host = NewHost(clutch => clutch.AddJob(name, job => job
            .Parameter<int>("day")
            .Parameter<int>("speed", parameter => parameter.NonIdentifying())
            .Step("work", (_, _) => Task.CompletedTask)));
        var first = await host.RunAsync(name, ("day", "1"), ("speed", "1"));

        var second = await host.LaunchAsync(name, ("day", "1"), ("speed", "2"));

        var refused = Assert.IsType<LaunchDecision.AlreadyComplete>(second.Decision);
        Assert.Equal(first.Execution.Id, refused.Execution.Id);
        Assert.Null(second.Run);
        Assert.Single(await ExecutionsOf(name));
    }

    [SkippableFact]
    public async Task A_failed_instance_runs_again_as_a_new_execution_with_settings_of_its_own()
    {
        var name = NewName("job");
        await using var host = NewHost(clutch => clutch.AddJob(name, job => job
            .Parameter<int>("day")
            .Parameter<int>("speed", parameter => parameter.NonIdentifying())
            .Step("work", (step, _) =>
            {
                Throw.If(step.Parameters.Get<int>("speed") < 2, "Too slow.");
                return Task.CompletedTask;
            })));

        var first = await host.RunAsync(name, ("day", "1"), ("speed", "1"));
        var second = await host.RunAsync(name, ("day", "1"), ("speed", "2"));

        Assert.Equal((BatchStatus.Failed, BatchStatus.Completed), (first.Status, second.Status));
        Assert.Equal(first.Execution.InstanceId, second.Execution.InstanceId);
        Assert.Equal([(1, 1), (2, 2)], new[] { first, second }.Select(run => (run.Execution.Attempt, run.Execution.Parameters.Get<int>("speed"))));
    }

    [SkippableTheory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task A_restart_passes_over_completed_steps_and_restores_the_job_context(int concurrency)
    {
        var name = NewName("job");
        var runs = new List<string>();
        var table = await Store.CreateTableAsync(name);
        var source = new NumberSource(6);
        var faults = new ItemFaults<int>().Fail(5, times: 1);
        await using var host = NewHost(clutch => clutch.AddJob(name, job => job
            .Step("first", (step, _) =>
            {
                runs.Add("first");
                step.JobState.Set("file", "products.csv");
                return Task.CompletedTask;
            })
            .Step("load", step => NumberJob.CommitTo(
                Store.Target, step.Read(_ => source.CreateReader()).Process(faults.Pass).Write(_ => table.CreateWriter()).ChunkSize(2).Concurrency(concurrency)))
            .Step("last", (step, _) =>
            {
                runs.Add($"last {step.JobState.Get("file", "lost")}");
                return Task.CompletedTask;
            })));

        var failed = await host.RunAsync(name);
        var restarted = await host.RestartAsync(failed.Execution.Id);

        Assert.Equal((BatchStatus.Failed, BatchStatus.Completed), (failed.Status, restarted.Status));
        Assert.Equal(["first", "last products.csv"], runs);
        Assert.Equal(["load", "last"], restarted.Steps.Select(step => step.StepName));
        AssertStep(restarted.Step("load"), BatchStatus.Completed, "r2 w2 c1 b0");
        Assert.Equal(2, restarted.Step("load").StartCount);
    }

    [SkippableFact]
    public async Task A_step_that_asks_for_it_runs_again_on_every_restart()
    {
        var job = await NumbersAsync(4, chunkSize: 2);
        var name = NewName("job");
        var runs = 0;
        var source = new NumberSource(2);
        await using var host = NewHost(clutch => clutch.AddJob(name, builder => builder
            .Step("again", step => NumberJob.CommitTo(Store.Target, step.Read(_ => source.CreateReader()).WriteChunk((_, _, _) => ValueTask.CompletedTask).RunAgainOnRestart()))
            .Step("fail", (_, _) =>
            {
                Throw.If(++runs == 1, "once");
                return Task.CompletedTask;
            })));

        var failed = await host.RunAsync(name);
        var completed = await host.RestartAsync(failed.Execution.Id);

        Assert.Equal(BatchStatus.Completed, completed.Status);
        AssertStep(completed.Step("again"), BatchStatus.Completed, "r2 w2 c1");
    }

    [SkippableFact]
    public async Task A_step_at_its_start_limit_fails_the_job_without_running()
    {
        var job = await NumbersAsync(4, chunkSize: 2);
        job.Step = step => step.StartLimit(2);
        job.Processing.Fail(3);
        await job.RunAsync();
        await job.RestartAsync();
        var opensBefore = job.Source.Opens.Count;

        var third = await job.RestartAsync();

        Assert.Equal(BatchStatus.Failed, third.Status);
        Assert.Empty(third.Steps);
        Assert.Equal(opensBefore, job.Source.Opens.Count);
        Assert.Contains("start limit", third.Execution.Failure!.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task The_same_step_twice_in_one_job_runs_twice()
    {
        var name = NewName("job");
        await using var host = NewHost(clutch => clutch.AddJob(name, job => job
            .Step("s1", (_, _) => Task.CompletedTask)
            .Step("s2", (_, _) => Task.CompletedTask)
            .Step("s2", (_, _) => Task.CompletedTask)));

        var outcome = await host.RunAsync(name);

        Assert.Equal(["s1", "s2", "s2#2"], outcome.Steps.Select(step => step.StepName));
        Assert.All(outcome.Steps, step => Assert.Equal(BatchStatus.Completed, step.Status));
    }

    [SkippableFact]
    public async Task A_job_without_steps_completes_and_says_so()
    {
        var name = NewName("job");
        await using var host = NewHost(clutch => clutch.AddJob(name, _ => { }));

        var outcome = await host.RunAsync(name);

        Assert.Equal((BatchStatus.Completed, "NoSteps"), (outcome.Status, outcome.Execution.ExitCode));
    }

    [SkippableFact]
    public async Task Of_eight_launches_at_the_same_moment_one_runs_and_seven_hear_that_it_does()
    {
        var name = NewName("job");
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var hosts = Hosts(8, clutch => clutch.AddJob(name, job => job.Step("work", (_, _) => gate.Task)));

        var launches = await Task.WhenAll(hosts.All.Select(host => Task.Run(() => host.LaunchAsync(name))));
        gate.SetResult();

        var launched = Assert.Single(launches, launch => launch.Run is not null);
        var id = launched.Run!.Execution.Id;
        Assert.All(launches.Except([launched]), launch => Assert.Equal(id, Assert.IsType<LaunchDecision.AlreadyRunning>(launch.Decision).Execution.Id));
        Assert.Equal(BatchStatus.Completed, (await hosts.All[0].EndOfAsync(launched)).Status);
        Assert.Single(await ExecutionsOf(name));
    }

    [SkippableFact]
    public async Task Of_eight_restarts_at_the_same_moment_exactly_one_runs()
    {
        var name = NewName("job");
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var runs = 0;
        await using var hosts = Hosts(8, clutch => clutch.AddJob(name, job => job.Step("work", (_, _) =>
        {
            Throw.If(Interlocked.Increment(ref runs) == 1, "once");
            return gate.Task;
        })));
        var failed = await hosts.All[0].RunAsync(name);

        var restarts = await Task.WhenAll(hosts.All.Select(host => Task.Run(() => host.Launcher.RestartAsync(failed.Execution.Id))));
        gate.SetResult();

        var restarted = Assert.Single(restarts, launch => launch.Run is not null);
        Assert.All(restarts.Except([restarted]), launch => Assert.IsType<LaunchDecision.AlreadyRunning>(launch.Decision));
        Assert.Equal(BatchStatus.Completed, (await hosts.All[0].EndOfAsync(restarted)).Status);
        Assert.Equal(2, runs);
    }

    [SkippableFact]
    public async Task Wrong_parameters_are_refused_before_anything_is_written()
    {
        var name = NewName("job");
        await using var host = NewHost(clutch => clutch.AddJob(name, job => job
            .Parameter<DateOnly>("date")
            .Parameter<int>("count", parameter => parameter.Must(count => count > 0, "must be positive"))
            .Parameter<string>("file")
            .Step("work", (_, _) => Task.CompletedTask)));

        var fault = await Assert.ThrowsAsync<JobParametersException>(() => host.LaunchAsync(name, ("date", "tomorrow"), ("count", "0"), ("size", "3")));

        Assert.Equal(4, fault.Errors.Count);
        Assert.Contains("Parameter 'size' with value '3' is unknown; the job takes 'date', 'count', 'file'.", fault.Errors);
        Assert.Contains("Parameter 'date' with value 'tomorrow' is not a date such as 2026-11-22.", fault.Errors);
        Assert.Contains("Parameter 'count' with value '0' must be positive.", fault.Errors);
        Assert.Contains("Parameter 'file' is missing; give a text.", fault.Errors);
        Assert.Empty(await ExecutionsOf(name));
    }

    [SkippableTheory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task A_reader_that_fails_while_opening_fails_the_step_without_a_commit(int concurrency)
    {
        var job = await NumbersAsync(4, chunkSize: 2, concurrency);
        job.Source.OpenFaults.Fail(1);

        var failed = await job.RunAsync();
        var completed = await job.RestartAsync();

        AssertStep(failed, BatchStatus.Failed, "r0 w0 c0 b0");
        AssertStep(completed, BatchStatus.Completed, "r4 w4 c2 b0");
    }

    [SkippableTheory]
    [InlineData("before step", BatchStatus.Failed)]
    [InlineData("chunk", BatchStatus.Failed)]
    [InlineData("after step", BatchStatus.Completed)]
    [InlineData("before job", BatchStatus.Failed)]
    [InlineData("after job", BatchStatus.Completed)]
    public async Task A_listener_that_throws_fails_what_begins_and_leaves_what_has_ended(string when, BatchStatus status)
    {
        var job = await NumbersAsync(4, chunkSize: 2);
        job.Listener = new RecordingListener { OnEvent = text => Throw.If(text.StartsWith(when, StringComparison.Ordinal), "The listener is unwell.") };

        var outcome = await job.RunAsync();

        Assert.Equal(status, outcome.Status);
        Assert.Equal(status is BatchStatus.Failed ? "The listener is unwell." : null, outcome.Execution.Failure?.Message);
    }

    [SkippableFact]
    public async Task What_a_chunk_listener_throws_is_told_as_its_own_and_takes_no_committed_chunk_back()
    {
        var job = await NumbersAsync(4, chunkSize: 2);
        job.Listener = new RecordingListener { OnEvent = text => _ = text.StartsWith("chunk", StringComparison.Ordinal) ? throw new TimeoutException("Nobody answered.") : 0 };

        var failed = await job.RunAsync();
        job.Listener = null;
        var completed = await job.RestartAsync();

        AssertStep(failed, BatchStatus.Failed, "r2 w2 c1 b0");
        Assert.Equal("A listener failed in AfterChunkAsync: Nobody answered.", failed.Execution.Failure!.Message);
        AssertStep(completed, BatchStatus.Completed, "r2 w2 c1 b0");
    }

    [SkippableFact]
    public async Task An_abandoned_instance_is_never_run_again()
    {
        var job = await NumbersAsync(4, chunkSize: 2);
        job.Processing.Fail(1);
        var failed = await job.RunAsync();
        await using var host = job.NewHost();

        var answer = await host.Launcher.AbandonAsync(failed.Execution.Id);
        var relaunch = await host.LaunchAsync(job.Name);
        var restart = await host.Launcher.RestartAsync(failed.Execution.Id);

        Assert.Equal(AbandonAnswer.Abandoned, answer);
        Assert.IsType<LaunchDecision.Abandoned>(relaunch.Decision);
        Assert.IsType<LaunchDecision.Abandoned>(restart.Decision);
    }

    [SkippableFact]
    public async Task Only_the_latest_execution_of_an_instance_is_restarted()
    {
        var job = await NumbersAsync(4, chunkSize: 2);
        job.Processing.Fail(1);
        var first = await job.RunAsync();
        var second = await job.RestartAsync();
        await using var host = job.NewHost();

        var launch = await host.Launcher.RestartAsync(first.Execution.Id);

        Assert.Equal(second.Execution.Id, Assert.IsType<LaunchDecision.Superseded>(launch.Decision).Latest.Id);
    }

    private async Task<IReadOnlyList<JobExecution>> ExecutionsOf(string job) => await Repository.ListExecutionsAsync(new() { JobName = job }, CancellationToken.None);

    private HostSet Hosts(int count, Action<Hosting.ClutchBuilder> configure) => new([.. Enumerable.Range(0, count).Select(_ => NewHost(configure))]);

    private sealed class HostSet(IReadOnlyList<JobTestHost> all) : IAsyncDisposable
    {
        public IReadOnlyList<JobTestHost> All => all;

        public async ValueTask DisposeAsync()
        {
            foreach (var host in all)
                await host.DisposeAsync();
        }
    }
}
