using Clutch.Client.Wire;

namespace Clutch.Client;

public sealed partial class ClutchClient
{
    /// <summary>The state of everything at a glance.</summary>
    public Task<OverviewView> GetOverviewAsync(CancellationToken cancellationToken = default) =>
        GetAsync("statistics/overview", WireJson.Default.OverviewView, cancellationToken);

    /// <summary>Each job with its latest executions and how long it takes.</summary>
    /// <param name="runs">How many executions of each: 1 to 100.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public Task<IReadOnlyList<JobHistoryView>> ListJobHistoriesAsync(int runs, CancellationToken cancellationToken = default) =>
        GetAsync(new QueryText("statistics/jobs").With<int?>("runs", runs).ToString(), WireJson.Default.IReadOnlyListJobHistoryView, cancellationToken);

    /// <summary>The processes that serve.</summary>
    public Task<IReadOnlyList<NodeView>> ListNodesAsync(CancellationToken cancellationToken = default) =>
        GetAsync("nodes", WireJson.Default.IReadOnlyListNodeView, cancellationToken);

    /// <summary>A page of changes, newest first.</summary>
    public Task<Page<AuditEntryView>> ListAuditAsync(AuditQuery query, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(query);
        var path = new QueryText("audit").With("actor", query.Actor).With("action", query.Action).With("target", query.Target)
            .With("before", query.Before).With("limit", query.Limit);
        return GetAsync(path.ToString(), WireJson.Default.PageAuditEntryView, cancellationToken);
    }

    /// <summary>All schedules by name.</summary>
    public Task<IReadOnlyList<ScheduleView>> ListSchedulesAsync(CancellationToken cancellationToken = default) =>
        GetAsync("schedules", WireJson.Default.IReadOnlyListScheduleView, cancellationToken);

    /// <summary>One schedule.</summary>
    public Task<ScheduleView> GetScheduleAsync(string name, CancellationToken cancellationToken = default) =>
        GetAsync($"schedules/{Escape(name)}", WireJson.Default.ScheduleView, cancellationToken);

    /// <summary>What a definition would do; nothing is stored.</summary>
    public Task<SchedulePreviewView> PreviewScheduleAsync(ScheduleBody body, CancellationToken cancellationToken = default) =>
        SendAsync(HttpMethod.Post, "schedules/preview", body, WireJson.Default.ScheduleBody, WireJson.Default.SchedulePreviewView, cancellationToken);

    /// <summary>Creates a schedule.</summary>
    public Task<ScheduleView> CreateScheduleAsync(ScheduleBody body, CancellationToken cancellationToken = default) =>
        SendAsync(HttpMethod.Post, "schedules", body, WireJson.Default.ScheduleBody, WireJson.Default.ScheduleView, cancellationToken);

    /// <summary>Puts another definition in the place of the schedule of that name.</summary>
    public Task<ScheduleView> EditScheduleAsync(ScheduleBody body, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(body);
        return SendAsync(HttpMethod.Put, $"schedules/{Escape(body.Name)}", body, WireJson.Default.ScheduleBody, WireJson.Default.ScheduleView, cancellationToken);
    }

    /// <summary>Pauses, resumes, runs, reverts or deletes a schedule.</summary>
    public Task<ScheduleView> ChangeScheduleAsync(string name, ScheduleAction action, string reason, CancellationToken cancellationToken = default) => SendAsync(
        HttpMethod.Post, $"schedules/{Escape(name)}/{Segment(action)}", new() { Reason = reason }, WireJson.Default.ReasonBody, WireJson.Default.ScheduleView, cancellationToken);

    /// <summary>All channels of the outbox.</summary>
    public Task<IReadOnlyList<OutboxChannelView>> ListChannelsAsync(CancellationToken cancellationToken = default) =>
        GetAsync("outbox", WireJson.Default.IReadOnlyListOutboxChannelView, cancellationToken);

    /// <summary>A page of a channel's messages, by number.</summary>
    public Task<Page<OutboxMessageLine>> ListMessagesAsync(string channel, OutboxMessageQuery query, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(query);
        var path = new QueryText($"outbox/{Escape(channel)}/messages").With("group", query.Group).With("key", query.Key).With("status", query.Status)
            .With("after", query.After).With("limit", query.Limit);
        return GetAsync(path.ToString(), WireJson.Default.PageOutboxMessageLine, cancellationToken);
    }

    /// <summary>Pauses or resumes a channel, or acts on its messages.</summary>
    public Task<OutboxActionView> ChangeChannelAsync(string channel, OutboxAction action, OutboxSelection selection, CancellationToken cancellationToken = default) => SendAsync(
        HttpMethod.Post, $"outbox/{Escape(channel)}/{Segment(action)}", selection, WireJson.Default.OutboxSelection, WireJson.Default.OutboxActionView, cancellationToken);

    private static string Segment<T>(T action)
        where T : struct, Enum => action.ToString().ToLowerInvariant();
}

/// <summary>What is done to a schedule.</summary>
public enum ScheduleAction
{
    /// <summary>Stop its firing until it is resumed.</summary>
    Pause,

    /// <summary>Let it fire again.</summary>
    Resume,

    /// <summary>Fire it once now.</summary>
    Run,

    /// <summary>Give it back to the program's code.</summary>
    Revert,

    /// <summary>Delete it.</summary>
    Delete,
}

/// <summary>What is done to a channel of the outbox, or to its messages.</summary>
public enum OutboxAction
{
    /// <summary>Stop sending.</summary>
    Pause,

    /// <summary>Send again.</summary>
    Resume,

    /// <summary>Send failed messages again.</summary>
    Redrive,

    /// <summary>Mark failed messages as seen.</summary>
    Acknowledge,

    /// <summary>Fail messages that wait, as cancelled.</summary>
    Cancel,
}
