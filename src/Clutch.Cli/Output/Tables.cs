using System.Globalization;
using Clutch.Client.Wire;
using Spectre.Console;

namespace Clutch.Cli.Output;

/// <summary>Tables for people. What comes from the server is shown as it is, never as markup.</summary>
internal sealed class Tables(IAnsiConsole console) : IOutput
{
    public void Jobs(IReadOnlyList<JobView> jobs)
    {
        var table = Create("job", "parameters", "steps", "description");
        foreach (var job in jobs)
            Add(table, job.Name, string.Join(' ', job.Parameters.Select(Describe)), string.Join(", ", job.Steps), job.Description);
        console.Write(table);
    }

    public void Executions(Page<ExecutionView> page)
    {
        var table = Create("id", "job", "status", "started (UTC)", "took", "try", "parameters");
        foreach (var execution in page.Items)
        {
            Add(
                table, Id(execution.Id), execution.Job, execution.Status.ToString(), Instant(execution.StartedAt), Span(execution.EndedAt - execution.StartedAt), Number(execution.Attempt),
                string.Join(' ', execution.Parameters.Select(parameter => $"{parameter.Key}={parameter.Value}")));
        }

        console.Write(table);
        SayNext(page.Next, "--before");
    }

    public void Execution(ExecutionDetails details)
    {
        var execution = details.Execution;
        Say($"Execution {Id(execution.Id)} of job '{execution.Job}': {execution.Status}, try {Number(execution.Attempt)}, on node '{execution.Node}'.");
        Say($"Started {Instant(execution.StartedAt)} UTC{(execution.EndedAt is { } endedAt ? $", ended {Instant(endedAt)}, took {Span(endedAt - execution.StartedAt)}" : string.Empty)}.");
        if (execution.Parameters.Count > 0)
            Say($"Parameters: {string.Join(' ', execution.Parameters.Select(parameter => $"{parameter.Key}={parameter.Value}"))}");
        if (details.Expected is { } expected)
            Say($"Usually takes {Span(TimeSpan.FromSeconds(expected.MedianSeconds))} (95 % within {Span(TimeSpan.FromSeconds(expected.P95Seconds))}, of {Number(expected.Count)} runs).");
        if (execution.Failure is { } failure)
            Say($"{failure.Type}: {failure.Message}");
        if (details.RestartsAt is { } restartsAt)
            Say($"It is restarted by itself at {Instant(restartsAt)} UTC.");
        if (details.GaveUpBecause is { } why)
            Say($"It is not restarted any more: {why}");
        console.Write(StepTable.Of(details.Steps));
    }

    public void Changed(ExecutionView execution, string sentence) => Say(sentence);

    public void DeadLetters(Page<DeadLetterView> page)
    {
        var table = Create("id", "step", "phase", "item", "location", "error", "payload");
        foreach (var letter in page.Items)
            Add(table, Id(letter.Id), letter.Step, letter.Phase.ToString(), Number(letter.Ordinal), letter.Location, $"{letter.Failure.Type}: {letter.Failure.Message}", letter.Payload);
        console.Write(table);
        SayNext(page.Next, "--after");
    }

    public void DeadLetterGroups(DeadLetterGroups groups)
    {
        var table = Create("count", "job", "step", "error", "newest (UTC)");
        foreach (var group in groups.Groups)
            Add(table, Number(group.Count), group.Job, group.Step, $"{group.ErrorType}: {group.ErrorMessage}", Instant(group.NewestAt));
        console.Write(table);
        if (groups.IsCut)
            Say("There are more: only the newest were counted.");
    }

    public void Schedules(IReadOnlyList<ScheduleView> schedules)
    {
        var table = Create("schedule", "job", "when", "state", "next (UTC)", "last (UTC)");
        foreach (var schedule in schedules)
        {
            Add(
                table, schedule.Definition.Name, schedule.Definition.Job, schedule.InWords, schedule.PausedBy is { } by ? $"{schedule.State} by {by}: {schedule.PauseReason}" : schedule.State,
                schedule.Next is [var next, ..] ? Instant(next.At) : null, schedule.LastFiredAt is { } last ? Instant(last) : null);
        }

        console.Write(table);
    }

    public void Channels(IReadOnlyList<OutboxChannelView> channels)
    {
        var table = Create("channel", "messages", "oldest waits", "to look at", "state");
        foreach (var channel in channels)
        {
            Add(
                table, channel.Channel, string.Join(", ", channel.Counts.Select(count => $"{count.Key} {Number(count.Value)}")), Span(TimeSpan.FromSeconds(channel.OldestPendingSeconds)),
                Number(channel.UnacknowledgedCount), channel.Fault ?? (channel.PausedAt is null ? "sending" : "paused"));
        }

        console.Write(table);
    }

    public void Messages(Page<OutboxMessageLine> page)
    {
        var table = Create("id", "group", "key", "version", "type", "status", "tries", "problem");
        foreach (var message in page.Items)
            Add(table, Id(message.Id), message.Group, message.Key, Number(message.Version), message.Type, message.Status, Number(message.AttemptCount), message.ProblemDetail);
        console.Write(table);
        SayNext(page.Next, "--after");
    }

    public void Action(OutboxActionView action) =>
        Say($"Done: {Number(action.ChangedCount)} of {Number(action.MatchedCount)} messages changed, {Number(action.SupersededCount)} superseded.");

    public void Nodes(IReadOnlyList<NodeView> nodes)
    {
        var table = Create("node", "state", "running", "partitions", "slots", "labels", "clock", "cores", "memory", "seen (UTC)", "version");
        foreach (var node in nodes)
        {
            Add(
                table, node.Name, node.State.ToString(), node.MaxRunning is { } max ? $"{Number(node.RunningCount)} of {Number(max)}" : Number(node.RunningCount),
                Number(node.PartitionCount), SlotsOf(node), string.Join(' ', node.Labels), ClockOf(node), node.CpuCores.ToString("0.0", CultureInfo.InvariantCulture), $"{Number(node.MemoryBytes >> 20)} MB", Instant(node.SeenAt), node.Version);
        }

        console.Write(table);
    }

    private static string? SlotsOf(NodeView node) => node.Slots is { } slots ? $"{Number(node.SlotsInUse ?? 0)} of {Number(slots)} + {Number(node.PartitionSlots ?? 0)}" : null;

    private static string? ClockOf(NodeView node) => node.ClockSkew is { } skew ? string.Create(CultureInfo.InvariantCulture, $"{skew.TotalSeconds:+0.0;-0.0;0.0} s") : null;

    public void Alerts(Page<AlertView> page)
    {
        var table = Create("id", "state", "rule", "since (UTC)", "what", "told (UTC)", "by");
        foreach (var alert in page.Items)
        {
            var state = alert.SilencedUntil is { } until ? $"{alert.State}, silent until {Instant(until)}" : alert.State.ToString();
            Add(table, Id(alert.Id), state, alert.Rule.ToString(), Instant(alert.Since), alert.What, alert.NotifiedAt is { } at ? Instant(at) : null, alert.AcknowledgedBy);
        }

        console.Write(table);
        SayNext(page.Next, "--before");
    }

    public void Alert(AlertDetails details)
    {
        var alert = details.Alert;
        Say($"Alert {Id(alert.Id)} ({alert.Rule}, {alert.Severity}): {alert.State}{(alert.AcknowledgedBy is { } by ? $" by {by}" : string.Empty)}.");
        foreach (var line in (string?[])[alert.What, $"Since {Instant(alert.Since)} UTC.", alert.Impact, alert.Retry, alert.Command])
        {
            if (line is not null)
                Say(line);
        }

        Deliveries(details.Deliveries);
    }

    public void Silences(IReadOnlyList<AlertSilenceView> silences)
    {
        var table = Create("id", "alert", "rule", "job", "ends (UTC)", "who", "why");
        foreach (var silence in silences)
            Add(table, Id(silence.Id), silence.Alert is { } alert ? Id(alert) : null, silence.Rule?.ToString(), silence.Job, Instant(silence.EndsAt), silence.Author, silence.Reason);
        console.Write(table);
    }

    public void Deliveries(IReadOnlyList<AlertDeliveryView> deliveries)
    {
        var table = Create("target", "what", "status", "tries", "written (UTC)", "ended (UTC)", "problem");
        foreach (var delivery in deliveries)
        {
            Add(
                table, delivery.Target, delivery.Kind.ToString(), delivery.Status, Number(delivery.AttemptCount), Instant(delivery.CreatedAt),
                delivery.CompletedAt is { } at ? Instant(at) : null, delivery.Problem);
        }

        console.Write(table);
    }

    public void Audit(Page<AuditEntryView> page)
    {
        var table = Create("id", "at (UTC)", "who", "what", "to what", "why", "outcome");
        foreach (var entry in page.Items)
            Add(table, Id(entry.Id), Instant(entry.At), entry.Actor, entry.Action, entry.Target, entry.Reason, entry.Outcome.ToString());
        console.Write(table);
        SayNext(page.Next, "--before");
    }

    public async Task<ProgressView?> FollowAsync(IAsyncEnumerable<ProgressView> progress, CancellationToken cancellationToken)
    {
        ProgressView? last = null;
        // A terminal shows one table that changes; a file gets the last one.
        await console.Live(StepTable.Of([])).StartAsync(async live =>
        {
            await foreach (var value in progress.WithCancellation(cancellationToken))
                live.UpdateTarget(StepTable.Of((last = value).Steps));
        });
        if (last is null)
            return null;
        Say($"Job '{last.Job}', execution {Id(last.ExecutionId)}: {last.Status}{(last.EndedAt is { } endedAt ? $" after {Span(endedAt - last.StartedAt)}" : string.Empty)}.");
        if (last.Failure is { } failure)
            Say($"{failure.Type}: {failure.Message}");
        return last;
    }

    private static string Describe(ParameterView parameter) =>
        parameter.Default is { } absent ? $"[{parameter.Name}={absent}]" : parameter.IsRequired ? $"{parameter.Name}={parameter.Type}" : $"[{parameter.Name}={parameter.Type}]";

    private static Table Create(params string[] columns) => new Table { Border = TableBorder.Simple }.AddColumns([.. columns.Select(Markup.Escape)]);

    private static void Add(Table table, params string?[] cells) => table.AddRow([.. cells.Select(cell => new Text(cell ?? string.Empty))]);

    // As commands take it: without separators.
    private static string Id(long id) => id.ToString(CultureInfo.InvariantCulture);

    private static string Number(long number) => number.ToString("#,0", CultureInfo.InvariantCulture);

    private static string Instant(DateTimeOffset instant) => instant.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);

    private static string Span(TimeSpan? span) => span is { } known ? StepTable.Span(known) : string.Empty;

    private void SayNext(string? next, string option)
    {
        if (next is not null)
            Say($"There are more: add '{option} {next}'.");
    }

    private void Say(string sentence) => console.WriteLine(sentence);
}
