using Clutch.Client.Wire;

namespace Clutch.Cli.Output;

/// <summary>Where results go: tables for people, JSON lines for programs.</summary>
internal interface IOutput
{
    void Jobs(IReadOnlyList<JobView> jobs);

    void Executions(Page<ExecutionView> page);

    void Execution(ExecutionDetails details);

    void Changed(ExecutionView execution, string sentence);

    void DeadLetters(Page<DeadLetterView> page);

    void DeadLetterGroups(DeadLetterGroups groups);

    void Schedules(IReadOnlyList<ScheduleView> schedules);

    void Channels(IReadOnlyList<OutboxChannelView> channels);

    void Messages(Page<OutboxMessageLine> page);

    void Action(OutboxActionView action);

    void Nodes(IReadOnlyList<NodeView> nodes);

    void Alerts(Page<AlertView> page);

    void Alert(AlertDetails details);

    void Silences(IReadOnlyList<AlertSilenceView> silences);

    void Deliveries(IReadOnlyList<AlertDeliveryView> deliveries);

    void Audit(Page<AuditEntryView> page);

    /// <summary>Shows values as they come, up to the last one, which it answers; null where none came.</summary>
    Task<ProgressView?> FollowAsync(IAsyncEnumerable<ProgressView> progress, CancellationToken cancellationToken);
}
