using System.CommandLine;
using Clutch.Client.Wire;

namespace Clutch.Cli.Commands;

/// <summary>Alerts.</summary>
internal static class AlertCommands
{
    public static void Add(Command root, CommandContext context)
    {
        var alerts = new Command("alerts", "What goes wrong, and who was told") { List(context), Show(context), Acknowledge(context), Resend(context), Silence(context), Unsilence(context), Test(context) };
        root.Add(alerts);
    }

    private static Argument<long> Id(string description) => new("ID") { Description = description };

    private static Option<AlertRule?> Rule() => new("--rule") { Description = "Only of this rule", HelpName = "RULE" };

    private static Option<string?> Job() => new("--job") { Description = "Only of this job", HelpName = "JOB" };

    private static Command List(CommandContext context)
    {
        var state = new Option<AlertState?>("--state") { Description = "Only in this state", HelpName = "STATE" };
        var silences = new Option<bool>("--silences") { Description = "The silences that last instead" };
        var before = new Option<long?>("--before") { Description = "The page after this one", HelpName = "ID" };
        var (rule, job, limit) = (Rule(), Job(), Inputs.Limit());
        return context.Create("list", "Alerts, newest first", [state, rule, job, silences, before, limit], async (parsed, client, output, cancellationToken) =>
        {
            if (parsed.GetValue(silences))
            {
                output.Silences(await client.ListSilencesAsync(cancellationToken));
                return ExitCodes.Completed;
            }

            var query = new AlertListQuery
            {
                State = parsed.GetValue(state),
                Rule = parsed.GetValue(rule),
                Job = parsed.GetValue(job),
                Before = parsed.GetValue(before),
                Limit = parsed.GetValue(limit),
            };
            output.Alerts(await client.ListAlertsAsync(query, cancellationToken));
            return ExitCodes.Completed;
        });
    }

    private static Command Show(CommandContext context)
    {
        var id = Id("The alert's number");
        return context.Create("show", "One alert, and what was sent of it", [id], async (parsed, client, output, cancellationToken) =>
        {
            output.Alert(await client.GetAlertAsync(parsed.GetValue(id), cancellationToken));
            return ExitCodes.Completed;
        });
    }

    private static Command Acknowledge(CommandContext context)
    {
        var (id, reason) = (Id("The alert's number"), Inputs.Reason());
        return context.Create("ack", "Take an alert on: it is not repeated any more", [id, reason], async (parsed, client, output, cancellationToken) =>
        {
            var alert = await client.AcknowledgeAlertAsync(parsed.GetValue(id), parsed.GetRequiredValue(reason), cancellationToken);
            output.Alerts(new([alert], Next: null));
            return ExitCodes.Completed;
        });
    }

    private static Command Resend(CommandContext context)
    {
        var target = new Option<string?>("--target") { Description = "Only to this target", HelpName = "NAME" };
        var (id, reason) = (Id("The alert's number"), Inputs.Reason());
        return context.Create("resend", "Send an alert's messages that failed for good again", [id, target, reason], async (parsed, client, output, cancellationToken) =>
        {
            var body = new AlertResendBody { Target = parsed.GetValue(target), Reason = parsed.GetRequiredValue(reason) };
            output.Alert(await client.ResendAlertAsync(parsed.GetValue(id), body, cancellationToken));
            return ExitCodes.Completed;
        });
    }

    private static Command Silence(CommandContext context)
    {
        var alert = new Option<long?>("--alert") { Description = "Only this alert", HelpName = "ID" };
        var minutes = new Option<int>("--minutes") { Description = "For how long: 1 to 43200", Required = true, HelpName = "N" };
        var (rule, job, reason) = (Rule(), Job(), Inputs.Reason());
        return context.Create("silence", "Keep alerts to the server for a while", [alert, rule, job, minutes, reason], async (parsed, client, output, cancellationToken) =>
        {
            var body = new AlertSilenceBody
            {
                Alert = parsed.GetValue(alert),
                Rule = parsed.GetValue(rule),
                Job = parsed.GetValue(job),
                Minutes = parsed.GetValue(minutes),
                Reason = parsed.GetRequiredValue(reason),
            };
            output.Silences([await client.SilenceAlertsAsync(body, cancellationToken)]);
            return ExitCodes.Completed;
        });
    }

    private static Command Unsilence(CommandContext context)
    {
        var (id, reason) = (Id("The silence's number"), Inputs.Reason());
        return context.Create("unsilence", "End a silence; what lasts is told", [id, reason], async (parsed, client, output, cancellationToken) =>
        {
            output.Silences([await client.EndSilenceAsync(parsed.GetValue(id), parsed.GetRequiredValue(reason), cancellationToken)]);
            return ExitCodes.Completed;
        });
    }

    private static Command Test(CommandContext context)
    {
        var target = new Option<string?>("--target") { Description = "Only this target", HelpName = "NAME" };
        var reason = Inputs.OptionalReason();
        return context.Create("test", "Send a test to one target, or to all, and wait until it arrived", [target, reason], async (parsed, client, output, cancellationToken) =>
        {
            var test = await client.TestAlertsAsync(new() { Target = parsed.GetValue(target), Reason = parsed.GetValue(reason) }, cancellationToken);
            var deliveries = await WaitAsync(client, test.Id, cancellationToken);
            output.Deliveries(deliveries);
            return deliveries.All(delivery => delivery.Status == "Synced") ? ExitCodes.Completed : ExitCodes.Failed;
        });
    }

    // A target that is down is tried for hours; a person at a terminal wants to know now that it is.
    private static async Task<IReadOnlyList<AlertDeliveryView>> WaitAsync(Client.ClutchClient client, string test, CancellationToken cancellationToken)
    {
        var startedAt = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var deliveries = await client.ListTestDeliveriesAsync(test, cancellationToken);
            if (deliveries.All(delivery => delivery.CompletedAt is not null) || TimeProvider.System.GetElapsedTime(startedAt) > TimeSpan.FromSeconds(15))
                return deliveries;
            await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System, cancellationToken);
        }
    }
}
