using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Clutch.Client.Wire;

namespace Clutch.Cli.Output;

/// <summary>One JSON document a line, as the server has it.</summary>
internal sealed class JsonLines(TextWriter writer) : IOutput
{
    public void Jobs(IReadOnlyList<JobView> jobs) => WriteAll(jobs, WireJson.Default.JobView);

    public void Executions(Page<ExecutionView> page) => WriteAll(page.Items, WireJson.Default.ExecutionView);

    public void Execution(ExecutionDetails details) => Write(details, WireJson.Default.ExecutionDetails);

    public void Changed(ExecutionView execution, string sentence) => Write(execution, WireJson.Default.ExecutionView);

    public void DeadLetters(Page<DeadLetterView> page) => WriteAll(page.Items, WireJson.Default.DeadLetterView);

    public void DeadLetterGroups(DeadLetterGroups groups) => WriteAll(groups.Groups, WireJson.Default.DeadLetterGroup);

    public void Schedules(IReadOnlyList<ScheduleView> schedules) => WriteAll(schedules, WireJson.Default.ScheduleView);

    public void Channels(IReadOnlyList<OutboxChannelView> channels) => WriteAll(channels, WireJson.Default.OutboxChannelView);

    public void Messages(Page<OutboxMessageLine> page) => WriteAll(page.Items, WireJson.Default.OutboxMessageLine);

    public void Action(OutboxActionView action) => Write(action, WireJson.Default.OutboxActionView);

    public void Nodes(IReadOnlyList<NodeView> nodes) => WriteAll(nodes, WireJson.Default.NodeView);

    public void Alerts(Page<AlertView> page) => WriteAll(page.Items, WireJson.Default.AlertView);

    public void Alert(AlertDetails details) => Write(details, WireJson.Default.AlertDetails);

    public void Silences(IReadOnlyList<AlertSilenceView> silences) => WriteAll(silences, WireJson.Default.AlertSilenceView);

    public void Deliveries(IReadOnlyList<AlertDeliveryView> deliveries) => WriteAll(deliveries, WireJson.Default.AlertDeliveryView);

    public void Audit(Page<AuditEntryView> page) => WriteAll(page.Items, WireJson.Default.AuditEntryView);

    public async Task<ProgressView?> FollowAsync(IAsyncEnumerable<ProgressView> progress, CancellationToken cancellationToken)
    {
        ProgressView? last = null;
        await foreach (var value in progress.WithCancellation(cancellationToken))
            Write(last = value, WireJson.Default.ProgressView);
        return last;
    }

    private void WriteAll<T>(IEnumerable<T> values, JsonTypeInfo<T> type)
    {
        foreach (var value in values)
            Write(value, type);
    }

    private void Write<T>(T value, JsonTypeInfo<T> type)
    {
        writer.WriteLine(JsonSerializer.Serialize(value, type));
        writer.Flush();
    }
}
