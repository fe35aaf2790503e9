using System.CommandLine;
using Clutch.Client;

namespace Clutch.Cli.Commands;

/// <summary>Schedules.</summary>
internal static class ScheduleCommands
{
    public static void Add(Command root, CommandContext context)
    {
        var schedules = context.Create("schedules", "All schedules", [], async (_, client, output, cancellationToken) =>
        {
            output.Schedules(await client.ListSchedulesAsync(cancellationToken));
            return ExitCodes.Completed;
        });
        schedules.Add(Change(context, "pause", "Stop its firing until it is resumed", ScheduleAction.Pause));
        schedules.Add(Change(context, "resume", "Let it fire again", ScheduleAction.Resume));
        schedules.Add(Change(context, "run", "Fire it once now", ScheduleAction.Run));
        schedules.Add(Change(context, "revert", "Give an edited schedule back to the program's code", ScheduleAction.Revert));
        schedules.Add(Change(context, "delete", "Delete it", ScheduleAction.Delete));
        root.Add(schedules);
    }

    private static Command Change(CommandContext context, string verb, string description, ScheduleAction action)
    {
        var (name, reason) = (Inputs.Name("The schedule's name"), Inputs.Reason());
        return context.Create(verb, description, [name, reason], async (parsed, client, output, cancellationToken) =>
        {
            output.Schedules([await client.ChangeScheduleAsync(parsed.GetRequiredValue(name), action, parsed.GetRequiredValue(reason), cancellationToken)]);
            return ExitCodes.Completed;
        });
    }
}
