using Clutch.Outbox.Protocol;
using Clutch.Outbox.Running;
using Clutch.Outbox.Storage;
using Clutch.Outbox.Telemetry;
using Clutch.Relational;
using Microsoft.Extensions.Logging;

namespace Clutch.Outbox.Administration;

/// <summary>The operator's commands; what is only read is in <see cref="OutboxReports"/>.</summary>
internal sealed class OutboxAdmin(OutboxStore store, ChannelDirectory channels, WakeUp wakeUp, TimeProvider timeProvider, ILogger<OutboxAdmin> logger) : IOutboxAdmin
{
    private static readonly MemberFate CancelledByOperator = new(MessageState.Failed, FailureKind.Cancelled, new("cancelled", null, "An operator cancelled it."));

    private readonly OutboxReports _reports = new(store);
    private readonly OutboxRedrive _redrive = new(store, channels);

    public async ValueTask PauseAsync(string channel, string? group, CancellationToken cancellationToken) =>
        await ChangeAsync(group is null ? PauseChannel : PauseGroup, channel, group, cancellationToken);

    public async ValueTask ResumeAsync(string channel, string? group, CancellationToken cancellationToken)
    {
        await ChangeAsync(group is null ? ResumeChannel : ResumeGroup, channel, group, cancellationToken);
        wakeUp.Wake(channel);
    }

    public ValueTask<ChannelStatistics> GetStatisticsAsync(string channel, CancellationToken cancellationToken) => _reports.GetStatisticsAsync(channel, cancellationToken);

    public ValueTask<ChannelStatistics> GetBacklogAsync(string channel, CancellationToken cancellationToken) => _reports.GetBacklogAsync(channel, cancellationToken);

    public ValueTask<IReadOnlyList<GroupStatistics>> ListGroupsAsync(string channel, CancellationToken cancellationToken) => _reports.ListGroupsAsync(channel, cancellationToken);

    public ValueTask<IReadOnlyList<OutboxMessageView>> ListMessagesAsync(MessageFilter filter, long after, int count, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(filter);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, 10_000);
        return _reports.ListMessagesAsync(filter, after, count, cancellationToken);
    }

    public ValueTask<IReadOnlyList<FailureGroup>> ListFailuresAsync(string channel, CancellationToken cancellationToken) => _reports.ListFailuresAsync(channel, cancellationToken);

    public ValueTask<IReadOnlyList<SubmissionView>> ListSubmissionsAsync(string channel, int count, CancellationToken cancellationToken) =>
        _reports.ListSubmissionsAsync(channel, count, cancellationToken);

    public ValueTask<IReadOnlyList<TimelineEntry>> GetTimelineAsync(string channel, string group, string key, CancellationToken cancellationToken) =>
        _reports.GetTimelineAsync(channel, group, key, cancellationToken);

    public ValueTask<RedriveResult> PreviewRedriveAsync(MessageFilter filter, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(filter);
        return _redrive.PreviewAsync(filter, cancellationToken);
    }

    public async ValueTask<RedriveResult> RedriveAsync(Redrive redrive, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(redrive);
        ArgumentException.ThrowIfNullOrEmpty(redrive.CommandId);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(redrive.CommandId.Length, 100);
        if (redrive.RatePerSecond is { } rate)
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(rate, nameof(redrive.RatePerSecond));
        var result = await _redrive.RunAsync(redrive, cancellationToken);
        logger.Redriven(redrive.By, result.RedrivenCount, redrive.Filter.Channel, result.SupersededCount);
        wakeUp.Wake(redrive.Filter.Channel);
        return result;
    }

    public ValueTask<int> AcknowledgeAsync(MessageFilter filter, CancellationToken cancellationToken) => ChangeAsync(
        $"UPDATE clutch_outbox_message SET acknowledged_at = @at WHERE acknowledged_at IS NULL AND {MessageFilters.Failed}", filter, cancellationToken);

    public async ValueTask<int> CancelAsync(MessageFilter filter, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(filter);
        var count = await store.CancelMessagesAsync(filter, CancelledByOperator, cancellationToken);
        StoredChangesReport.Report(filter.Channel, CancelledByOperator, count, logger);
        return count;
    }

    public async ValueTask<bool> CancelOperationAsync(long submissionId, CancellationToken cancellationToken)
    {
        if (await _reports.FindOperationAsync(submissionId, cancellationToken) is not { } found || channels.Get(found.Channel).Operations is not { } client)
            return false;
        using var timeout = new CancellationTokenSource(channels.Get(found.Channel).Options.Poll.Timeout, timeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        await client.CancelAsync(found.Operation, either.Token);
        return true;
    }

    private async ValueTask<int> ChangeAsync(string text, MessageFilter filter, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(filter);
        var statement = new Statement(text).With(filter).With("at", await store.GetNowAsync(cancellationToken));
        return await store.Database.ChangeAsync(statement, Rows.Affected, cancellationToken);
    }

    private async ValueTask ChangeAsync(string text, string channel, string? group, CancellationToken cancellationToken)
    {
        channels.Get(channel);
        var statement = new Statement(text).With("channel", channel).With("at", await store.GetNowAsync(cancellationToken));
        if (group is not null)
            statement.With("group", group);
        await store.Database.ChangeAsync(statement, Rows.Affected, cancellationToken);
    }

    private const string PauseChannel = """
        INSERT INTO clutch_outbox_channel AS known (channel, paused_at)
        VALUES (@channel, @at)
        ON CONFLICT (channel) DO UPDATE SET paused_at = coalesce(known.paused_at, excluded.paused_at)
        """;

    private const string ResumeChannel = """
        UPDATE clutch_outbox_channel
        SET paused_at = NULL, fault_at = NULL, fault_until = NULL, fault_type = NULL, fault_detail = NULL, resumed_at = @at
        WHERE channel = @channel
        """;

    private const string PauseGroup = """
        INSERT INTO clutch_outbox_group AS known (channel, group_name, paused_at)
        VALUES (@channel, @group, @at)
        ON CONFLICT (channel, group_name) DO UPDATE SET paused_at = coalesce(known.paused_at, excluded.paused_at)
        """;

    private const string ResumeGroup = "UPDATE clutch_outbox_group SET paused_at = NULL, held_until = NULL WHERE channel = @channel AND group_name = @group";
}
