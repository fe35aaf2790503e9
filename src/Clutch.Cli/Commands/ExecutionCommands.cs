using System.CommandLine;
using System.Globalization;
using Clutch.Cli.Output;
using Clutch.Client;
using Clutch.Client.Wire;

namespace Clutch.Cli.Commands;

/// <summary>Jobs and their executions.</summary>
internal static class ExecutionCommands
{
    public static void Add(Command root, CommandContext context)
    {
        root.Add(context.Create("jobs", "The jobs that the server hosts", [], async (_, client, output, cancellationToken) =>
        {
            output.Jobs(await client.ListJobsAsync(cancellationToken));
            return ExitCodes.Completed;
        }));
        root.Add(Launch(context));
        root.Add(List(context));
        root.Add(Show(context));
        root.Add(Follow(context));
        root.Add(Change(context, "stop", "Stop an execution at its next chunk boundary", static (client, id, reason, cancellationToken) => client.StopAsync(id, reason, cancellationToken), "will stop at its next chunk boundary"));
        root.Add(Change(context, "abandon", "Give up a failed or stopped execution for good", static (client, id, reason, cancellationToken) => client.AbandonAsync(id, reason, cancellationToken), "is abandoned: its instance never runs again"));
        root.Add(Restart(context));
    }

    /// <summary>Says what was launched and, where wanted, watches it to its end.</summary>
    internal static async Task<int> LaunchedAsync(LaunchAnswer answer, bool follows, ClutchClient client, IOutput output, CancellationToken cancellationToken)
    {
        var id = answer.Execution.Id.ToString(CultureInfo.InvariantCulture);
        output.Changed(answer.Execution, answer.Outcome is LaunchOutcome.AlreadyComplete
            ? $"Job '{answer.Execution.Job}' is complete with these parameters, by execution {id}."
            : $"Job '{answer.Execution.Job}' started as execution {id}. 'follow {id}' watches it.");
        return follows && answer.Outcome is LaunchOutcome.Launched ? await FollowAsync(answer.Execution.Id, client, output, cancellationToken) : ExitCodes.Completed;
    }

    internal static Option<bool> FollowOption() => new("--follow") { Description = "Watch it to its end; the exit code says how it ended" };

    private static async Task<int> FollowAsync(long id, ClutchClient client, IOutput output, CancellationToken cancellationToken)
    {
        var last = await output.FollowAsync(client.FollowAsync(id, cancellationToken), cancellationToken);
        return ExitCodes.For((last ?? await client.GetProgressAsync(id, cancellationToken)).Status);
    }

    private static Command Launch(CommandContext context)
    {
        var job = new Argument<string>("JOB") { Description = "The job's name" };
        var parameters = new Argument<string[]>("PARAMETERS") { Description = "name=value ...", Arity = ArgumentArity.ZeroOrMore };
        var (reason, follow) = (Inputs.OptionalReason(), FollowOption());
        return context.Create("launch", "Launch a job, or take up its failed or stopped instance", [job, parameters, reason, follow], async (parsed, client, output, cancellationToken) =>
        {
            var body = new LaunchBody { Parameters = Read(parsed.GetValue(parameters) ?? []), Reason = parsed.GetValue(reason) };
            var answer = await client.LaunchAsync(parsed.GetRequiredValue(job), body, cancellationToken);
            return await LaunchedAsync(answer, parsed.GetValue(follow), client, output, cancellationToken);
        });
    }

    private static Dictionary<string, string> Read(IEnumerable<string> arguments)
    {
        var parameters = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var argument in arguments)
        {
            if (argument.Split('=', 2) is not [{ Length: > 0 } name, var value])
                throw new UsageException($"'{argument}' is not a parameter. Write it as name=value.");
            if (!parameters.TryAdd(name, value))
                throw new UsageException($"Parameter '{name}' is given twice.");
        }

        return parameters;
    }

    private static Command List(CommandContext context)
    {
        var job = new Option<string?>("--job") { Description = "Only this job", HelpName = "JOB" };
        var status = new Option<ExecutionStatus?>("--status") { Description = "Only this status" };
        var before = new Option<long?>("--before") { Description = "The page after this one", HelpName = "ID" };
        var limit = Inputs.Limit();
        return context.Create("list", "Executions, newest first", [job, status, before, limit], async (parsed, client, output, cancellationToken) =>
        {
            var query = new ExecutionListQuery { Job = parsed.GetValue(job), Status = parsed.GetValue(status), Before = parsed.GetValue(before), Limit = parsed.GetValue(limit) };
            output.Executions(await client.ListExecutionsAsync(query, cancellationToken));
            return ExitCodes.Completed;
        });
    }

    private static Command Show(CommandContext context)
    {
        var id = Inputs.ExecutionId();
        return context.Create("show", "One execution: steps, counts, error, what is expected", [id], async (parsed, client, output, cancellationToken) =>
        {
            output.Execution(await client.GetExecutionAsync(parsed.GetValue(id), cancellationToken));
            return ExitCodes.Completed;
        });
    }

    private static Command Follow(CommandContext context)
    {
        var id = Inputs.ExecutionId();
        return context.Create("follow", "Watch an execution to its end; the exit code says how it ended", [id], (parsed, client, output, cancellationToken) =>
            FollowAsync(parsed.GetValue(id), client, output, cancellationToken));
    }

    private static Command Restart(CommandContext context)
    {
        var (id, reason, follow) = (Inputs.ExecutionId(), Inputs.Reason(), FollowOption());
        return context.Create("restart", "Restart a failed or stopped execution where it ended", [id, reason, follow], async (parsed, client, output, cancellationToken) =>
        {
            var answer = await client.RestartAsync(parsed.GetValue(id), parsed.GetRequiredValue(reason), cancellationToken);
            return await LaunchedAsync(answer, parsed.GetValue(follow), client, output, cancellationToken);
        });
    }

    private static Command Change(
        CommandContext context, string name, string description, Func<ClutchClient, long, string, CancellationToken, Task<ExecutionView>> change, string sentence)
    {
        var (id, reason) = (Inputs.ExecutionId(), Inputs.Reason());
        return context.Create(name, description, [id, reason], async (parsed, client, output, cancellationToken) =>
        {
            var changed = await change(client, parsed.GetValue(id), parsed.GetRequiredValue(reason), cancellationToken);
            output.Changed(changed, $"Execution {changed.Id.ToString(CultureInfo.InvariantCulture)} {sentence}.");
            return ExitCodes.Completed;
        });
    }
}
