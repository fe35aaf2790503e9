using System.CommandLine;
using Clutch.Client;
using Clutch.Client.Wire;

namespace Clutch.Cli.Commands;

/// <summary>The outbox.</summary>
internal static class OutboxCommands
{
    public static void Add(Command root, CommandContext context)
    {
        var outbox = context.Create("outbox", "All channels of the outbox", [], async (_, client, output, cancellationToken) =>
        {
            output.Channels(await client.ListChannelsAsync(cancellationToken));
            return ExitCodes.Completed;
        });
        outbox.Add(Messages(context));
        outbox.Add(Change(context, "pause", "Stop sending", OutboxAction.Pause));
        outbox.Add(Change(context, "resume", "Send again, and forget a fault", OutboxAction.Resume));
        outbox.Add(Change(context, "redrive", "Send failed messages again", OutboxAction.Redrive));
        outbox.Add(Change(context, "acknowledge", "Mark failed messages as seen", OutboxAction.Acknowledge));
        outbox.Add(Change(context, "cancel", "Fail messages that wait to be sent, as cancelled", OutboxAction.Cancel));
        root.Add(outbox);
    }

    private static Argument<string> Channel() => new("CHANNEL") { Description = "The channel" };

    private static Command Messages(CommandContext context)
    {
        var channel = Channel();
        var group = new Option<string?>("--group") { Description = "Only of this group", HelpName = "GROUP" };
        var key = new Option<string?>("--key") { Description = "Only of this key", HelpName = "KEY" };
        var status = new Option<string?>("--status") { Description = "Only with this status", HelpName = "STATUS" };
        var after = new Option<long?>("--after") { Description = "The page after this one", HelpName = "ID" };
        var limit = Inputs.Limit();
        return context.Create("messages", "Messages by number", [channel, group, key, status, after, limit], async (parsed, client, output, cancellationToken) =>
        {
            var query = new OutboxMessageQuery
            {
                Group = parsed.GetValue(group),
                Key = parsed.GetValue(key),
                Status = parsed.GetValue(status),
                After = parsed.GetValue(after),
                Limit = parsed.GetValue(limit),
            };
            output.Messages(await client.ListMessagesAsync(parsed.GetRequiredValue(channel), query, cancellationToken));
            return ExitCodes.Completed;
        });
    }

    private static Command Change(CommandContext context, string verb, string description, OutboxAction action)
    {
        var (channel, reason) = (Channel(), Inputs.Reason());
        var group = new Option<string?>("--group") { Description = "Only this group", HelpName = "GROUP" };
        var key = new Option<string?>("--key") { Description = "Only this key", HelpName = "KEY" };
        // Only a whole channel, or one group of it, can rest.
        Symbol[] inputs = action is OutboxAction.Pause or OutboxAction.Resume ? [channel, group, reason] : [channel, group, key, reason];
        return context.Create(verb, description, inputs, async (parsed, client, output, cancellationToken) =>
        {
            var selection = new OutboxSelection { Group = parsed.GetValue(group), Key = parsed.GetValue(key), Reason = parsed.GetRequiredValue(reason) };
            output.Action(await client.ChangeChannelAsync(parsed.GetRequiredValue(channel), action, selection, cancellationToken));
            return ExitCodes.Completed;
        });
    }
}
