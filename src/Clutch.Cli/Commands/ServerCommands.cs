using System.CommandLine;
using Clutch.Client.Wire;

namespace Clutch.Cli.Commands;

/// <summary>The server itself: its processes, and who changed what.</summary>
internal static class ServerCommands
{
    public static void Add(Command root, CommandContext context)
    {
        root.Add(context.Create("nodes", "The processes that serve", [], async (_, client, output, cancellationToken) =>
        {
            output.Nodes(await client.ListNodesAsync(cancellationToken));
            return ExitCodes.Completed;
        }));
        root.Add(Audit(context));
    }

    private static Command Audit(CommandContext context)
    {
        var actor = new Option<string?>("--actor") { Description = "Only by this one, such as user:anna", HelpName = "WHO" };
        var target = new Option<string?>("--target") { Description = "Only to this, such as execution:17", HelpName = "WHAT" };
        var before = new Option<long?>("--before") { Description = "The page after this one", HelpName = "ID" };
        var limit = Inputs.Limit();
        return context.Create("audit", "Changes, newest first", [actor, target, before, limit], async (parsed, client, output, cancellationToken) =>
        {
            var query = new AuditQuery { Actor = parsed.GetValue(actor), Target = parsed.GetValue(target), Before = parsed.GetValue(before), Limit = parsed.GetValue(limit) };
            output.Audit(await client.ListAuditAsync(query, cancellationToken));
            return ExitCodes.Completed;
        });
    }
}
