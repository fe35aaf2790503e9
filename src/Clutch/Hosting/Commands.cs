using System.Diagnostics;
using System.Runtime.InteropServices;
using Clutch.Executions;
using Clutch.Items;
using Clutch.Jobs;
using Clutch.Launching;
using Clutch.Repository;
using Microsoft.Extensions.DependencyInjection;

namespace Clutch.Hosting;

/// <summary>The commands of a program that hosts jobs.</summary>
internal sealed class Commands(IServiceProvider services, CommandArguments arguments, TextWriter output, bool isTerminal)
{
    private const string OtherTables = "-- Not among these are the tables of server, outbox and scheduler (qrtz_...): a process that has them makes them at its first start.";

    private const string Help = """
        Commands:
          jobs                        the jobs of this program, with their parameters
          run JOB key=value...        launch a job, or take up its failed or stopped instance
          restart ID                  restart a failed or stopped execution
          stop ID                     stop a running execution at its next chunk boundary
          abandon ID                  give up a failed or stopped execution for good
          list                        executions, newest first   [--job JOB] [--status STATUS] [--limit N] [--before ID]
          show ID                     one execution: steps, counts, rates, error
          dead-letters ID             the skipped items of an execution's instance   [--step STEP] [--limit N]
          redrive ID --step STEP      run a step's dead letters again                [--letter N]
          purge --older-than 30d      delete the history of instances that ended before
          migrate                     bring the database schema up to date   [--print: show the statements instead]

        Options: --json (one JSON document a line), --quiet (no progress), --all (re-driven dead letters, too)
        Exit codes: 0 completed, 1 failed, 2 wrong usage, 3 stopped, 4 already running, 5 refused, 6 repository unusable, 7 lease lost, 70 unexpected
        """;

    private readonly CommandOutput _output = arguments.Has("json") ? new JsonOutput(output) : new TextOutput(output);

    private IJobRepository Repository => services.GetRequiredService<IJobRepository>();

    private JobLauncher Launcher => services.GetRequiredService<JobLauncher>();

    public async Task<ExitCode> RunAsync() => arguments.Verb switch
    {
        "help" => ShowHelp(),
        "jobs" => ShowJobs(),
        "run" => await RunJobAsync(),
        "restart" => await RestartAsync(),
        "stop" => await StopAsync(),
        "abandon" => await AbandonAsync(),
        "list" => await ListAsync(),
        "show" => await ShowAsync(),
        "dead-letters" => await ListDeadLettersAsync(),
        "redrive" => await RedriveAsync(),
        "purge" => await PurgeAsync(),
        "migrate" => await MigrateAsync(),
        _ => throw new UsageException($"There is no command '{arguments.Verb}'. 'help' shows all commands."),
    };

    private ExitCode ShowHelp()
    {
        output.WriteLine(Help);
        return ExitCode.Completed;
    }

    private ExitCode ShowJobs()
    {
        arguments.ExpectNoOperands();
        _output.Jobs(services.GetRequiredService<JobCatalog>().Jobs);
        return ExitCode.Completed;
    }

    private async Task<ExitCode> RunJobAsync()
    {
        var (jobName, parameters) = arguments.Launch();
        // What is wrong with the parameters is said before the database is touched.
        services.GetRequiredService<JobCatalog>().Get(jobName).Bind(parameters);
        await PrepareAsync();
        return await FollowAsync(await Launcher.LaunchAsync(jobName, parameters));
    }

    private async Task<ExitCode> RestartAsync()
    {
        var id = arguments.ExecutionId();
        await PrepareAsync();
        return await FollowAsync(await Launcher.RestartAsync(id));
    }

    /// <summary>Brings the schema up to date and ends what dead processes left running.</summary>
    private async Task PrepareAsync()
    {
        await Repository.MigrateAsync(CancellationToken.None);
        await RecoverAsync();
    }

    private async Task RecoverAsync()
    {
        foreach (var recovered in await services.GetRequiredService<Recovery>().RecoverAsync(CancellationToken.None))
            _output.Recovered(recovered);
    }

    private async Task<ExitCode> FollowAsync(JobLaunch launch)
    {
        if (launch.Run is not { } run)
            return Refuse(launch.Decision);
        // Before the start is told: who has read of it may send a signal at once.
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, signal => StopOrEnd(signal, run));
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal => StopOrEnd(signal, run));
        _output.Launched(run.Execution);
        await using (new ProgressDisplay(run, _output, output, isTerminal, isQuiet: arguments.Has("quiet")))
            await run.Completion;
        var ended = await run.Completion;
        _output.Ended(ended, await Repository.ListStepsAsync(ended.Id, CancellationToken.None));
        if (ended.Fence != run.Execution.Fence)
            return ExitCode.LeaseLost;
        return CodeFor(ended.Status);
    }

    // The first signal asks to stop; a second one of the same kind has its usual effect.
    private static void StopOrEnd(PosixSignalContext signal, JobRun run)
    {
        signal.Cancel = !run.IsStopRequested;
        run.RequestStop();
    }

    private static ExitCode CodeFor(BatchStatus status) => status switch
    {
        BatchStatus.Completed => ExitCode.Completed,
        BatchStatus.Stopped => ExitCode.Stopped,
        _ => ExitCode.Failed,
    };

    private ExitCode Refuse(LaunchDecision decision)
    {
        switch (decision)
        {
            case LaunchDecision.AlreadyComplete complete:
                _output.Say($"Job '{complete.Execution.JobName}' is complete with these parameters, by execution {complete.Execution.Id}. To run it again, change an identifying parameter.");
                return ExitCode.Completed;
            case LaunchDecision.AlreadyRunning running:
                _output.Say($"Job '{running.Execution.JobName}' runs already with these parameters: execution {running.Execution.Id} on node '{running.Execution.Node}'. 'stop {running.Execution.Id}' stops it.");
                return ExitCode.AlreadyRunning;
            case LaunchDecision.Abandoned abandoned:
                _output.Say($"Execution {abandoned.Execution.Id} of job '{abandoned.Execution.JobName}' was abandoned: its instance never runs again. Change an identifying parameter.");
                return ExitCode.Refused;
            case LaunchDecision.Superseded superseded:
                _output.Say($"A later execution of the same instance exists: {superseded.Latest.Id}, {superseded.Latest.Status}. Write 'restart {superseded.Latest.Id}'.");
                return ExitCode.Refused;
            case LaunchDecision.LimitReached limit:
                _output.Say($"As many executions as are allowed run already: {limit.MaxRunning}. Try again when one has ended.");
                return ExitCode.Refused;
            case LaunchDecision.Unknown unknown:
                throw UnknownExecution(unknown.Id);
            default:
                throw new UnreachableException($"Unknown decision '{decision}'.");
        }
    }

    private async Task<ExitCode> StopAsync()
    {
        var id = arguments.ExecutionId();
        // One whose process is gone would never hear of the stop.
        await RecoverAsync();
        switch (await Launcher.StopAsync(id))
        {
            case StopAnswer.Requested:
                _output.Say($"Execution {id} will stop at its next chunk boundary. 'show {id}' tells when it has.");
                return ExitCode.Completed;
            case StopAnswer.NotRunning:
                _output.Say($"Execution {id} is not running.");
                return ExitCode.Refused;
            default:
                throw UnknownExecution(id);
        }
    }

    private async Task<ExitCode> AbandonAsync()
    {
        var id = arguments.ExecutionId();
        await RecoverAsync();
        switch (await Launcher.AbandonAsync(id))
        {
            case AbandonAnswer.Abandoned:
                _output.Say($"Execution {id} is abandoned: its instance never runs again.");
                return ExitCode.Completed;
            case AbandonAnswer.StillRunning:
                _output.Say($"Execution {id} is running. Write 'stop {id}' first.");
                return ExitCode.Refused;
            case AbandonAnswer.AlreadyComplete:
                _output.Say($"Execution {id} is completed: there is nothing to give up.");
                return ExitCode.Refused;
            case AbandonAnswer.Superseded:
                var latest = await FindLatestAsync(id);
                _output.Say($"A later execution of the same instance exists: {latest.Id}, {latest.Status}. Only the latest can be given up.");
                return ExitCode.Refused;
            default:
                throw UnknownExecution(id);
        }
    }

    private async Task<JobExecution> FindLatestAsync(JobExecutionId id)
    {
        var execution = await Repository.FindExecutionAsync(id, CancellationToken.None) ?? throw UnknownExecution(id);
        return (await Repository.ListExecutionsAsync(new() { InstanceId = execution.InstanceId, Limit = 1 }, CancellationToken.None))[0];
    }

    private async Task<ExitCode> ListAsync()
    {
        arguments.ExpectNoOperands();
        var filter = new ExecutionFilter
        {
            JobName = arguments.Find("job"),
            Status = arguments.Status(),
            Limit = arguments.Number("limit", absent: 20, max: 1_000),
            Before = arguments.Id("before") is { } before ? new(before) : null,
        };
        _output.Executions(await Repository.ListExecutionsAsync(filter, CancellationToken.None));
        return ExitCode.Completed;
    }

    private async Task<ExitCode> ShowAsync()
    {
        var id = arguments.ExecutionId();
        var execution = await Repository.FindExecutionAsync(id, CancellationToken.None) ?? throw UnknownExecution(id);
        _output.Execution(execution, await Repository.ListStepsAsync(id, CancellationToken.None));
        return ExitCode.Completed;
    }

    private async Task<ExitCode> ListDeadLettersAsync()
    {
        var id = arguments.ExecutionId();
        var execution = await Repository.FindExecutionAsync(id, CancellationToken.None) ?? throw UnknownExecution(id);
        var filter = new DeadLetterFilter
        {
            InstanceId = execution.InstanceId,
            StepName = arguments.Find("step"),
            Limit = arguments.Number("limit", absent: 20, max: 10_000),
            Status = arguments.Has("all") ? null : DeadLetterStatus.Open,
        };
        _output.DeadLetters(await Repository.ListDeadLettersAsync(filter, CancellationToken.None));
        return ExitCode.Completed;
    }

    private async Task<ExitCode> RedriveAsync()
    {
        var id = arguments.ExecutionId();
        var step = arguments.Find("step") ?? throw new UsageException($"'redrive' needs the step: write 'redrive {id} --step STEP'. 'dead-letters {id}' shows the steps.");
        await PrepareAsync();
        try
        {
            return await FollowAsync(await Launcher.RedriveAsync(id, step, arguments.Id("letter")));
        }
        catch (InvalidOperationException fault)
        {
            throw new UsageException(fault.Message);
        }
    }

    private async Task<ExitCode> PurgeAsync()
    {
        arguments.ExpectNoOperands();
        var age = arguments.Age("older-than");
        var endedBefore = services.GetRequiredService<TimeProvider>().GetUtcNow() - age;
        var count = 0;
        // Small bites: no lock is held for long, and a purge that is interrupted has done a part.
        while (await Repository.PurgeAsync(endedBefore, maxExecutions: 500, CancellationToken.None) is > 0 and var bite)
            count += bite;
        _output.Say($"Purged {count} executions that ended before {endedBefore:u}.");
        return ExitCode.Completed;
    }

    private async Task<ExitCode> MigrateAsync()
    {
        arguments.ExpectNoOperands();
        if (arguments.Has("print"))
            return await PrintMigrationsAsync();
        var applied = await Repository.MigrateAsync(CancellationToken.None);
        _output.Say(applied.Count == 0 ? "The schema is up to date." : $"Applied {applied.Count} migrations: {string.Join(", ", applied)}.");
        return ExitCode.Completed;
    }

    private async Task<ExitCode> PrintMigrationsAsync()
    {
        var script = await Repository.ScriptMigrationsAsync(CancellationToken.None);
        if (script.Length > 0)
            await output.WriteLineAsync($"{script}\n{OtherTables}");
        else
            _output.Say("The schema is up to date.");
        return ExitCode.Completed;
    }

    private static UsageException UnknownExecution(JobExecutionId id) => new($"There is no execution {id}. 'list' shows the ids.");
}
