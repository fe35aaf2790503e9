using System.CommandLine;
using Clutch.Client.Wire;

namespace Clutch.Cli.Commands;

/// <summary>Dead letters.</summary>
internal static class DeadLetterCommands
{
    public static void Add(Command root, CommandContext context)
    {
        root.Add(List(context));
        root.Add(Redrive(context));
    }

    private static Command List(CommandContext context)
    {
        var execution = new Option<long?>("--execution") { Description = "Only of this execution's instance", HelpName = "ID" };
        var job = new Option<string?>("--job") { Description = "Only of this job", HelpName = "JOB" };
        var step = new Option<string?>("--step") { Description = "Only of this step", HelpName = "STEP" };
        var groups = new Option<bool>("--groups") { Description = "All open ones by error" };
        var after = new Option<long?>("--after") { Description = "The page after this one", HelpName = "ID" };
        var limit = Inputs.Limit();
        return context.Create("dead-letters", "Skipped items that wait for somebody", [execution, job, step, groups, after, limit], async (parsed, client, output, cancellationToken) =>
        {
            if (parsed.GetValue(groups))
            {
                output.DeadLetterGroups(await client.ListDeadLetterGroupsAsync(cancellationToken));
                return ExitCodes.Completed;
            }

            var query = new DeadLetterQuery
            {
                Execution = parsed.GetValue(execution),
                Job = parsed.GetValue(job),
                Step = parsed.GetValue(step),
                After = parsed.GetValue(after),
                Limit = parsed.GetValue(limit),
            };
            output.DeadLetters(await client.ListDeadLettersAsync(query, cancellationToken));
            return ExitCodes.Completed;
        });
    }

    private static Command Redrive(CommandContext context)
    {
        var id = Inputs.ExecutionId();
        var step = new Option<string>("--step") { Description = "The step", Required = true, HelpName = "STEP" };
        var letter = new Option<long?>("--letter") { Description = "Only this letter", HelpName = "ID" };
        var (reason, follow) = (Inputs.OptionalReason(), ExecutionCommands.FollowOption());
        return context.Create("redrive", "Run a step's open dead letters again", [id, step, letter, reason, follow], async (parsed, client, output, cancellationToken) =>
        {
            var body = new RedriveBody { ExecutionId = parsed.GetValue(id), Step = parsed.GetRequiredValue(step), Letter = parsed.GetValue(letter), Reason = parsed.GetValue(reason) };
            var answer = await client.RedriveAsync(body, cancellationToken);
            return await ExecutionCommands.LaunchedAsync(answer, parsed.GetValue(follow), client, output, cancellationToken);
        });
    }
}
