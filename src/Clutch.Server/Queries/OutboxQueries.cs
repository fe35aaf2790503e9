using System.Data.Common;
using System.Globalization;
using Clutch.Client.Wire;
using Clutch.Outbox.Administration;
using Clutch.Outbox.Channels;
using Clutch.Server.Telemetry;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Clutch.Server.Queries;

/// <summary>How the outbox stands.</summary>
internal sealed class OutboxQueries(IServiceProvider services, ILogger<OutboxQueries> logger)
{
    /// <summary>Whether the program has an outbox.</summary>
    public bool IsThere => services.GetService<IOutboxAdmin>() is not null;

    public IOutboxAdmin Admin => services.GetRequiredService<IOutboxAdmin>();

    // A channel is a set of options with its name; the outbox keeps no other list that outsiders see.
    private IReadOnlyList<string> Channels =>
    [
        .. services.GetServices<IConfigureOptions<ChannelOptions>>().OfType<ConfigureNamedOptions<ChannelOptions>>().Select(options => options.Name).OfType<string>()
            .Where(name => name.Length > 0).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal),
    ];

    public bool Has(string channel) => Channels.Contains(channel, StringComparer.Ordinal);

    public async Task<IReadOnlyList<OutboxChannelView>> ListAsync(CancellationToken cancellationToken)
    {
        var views = new List<OutboxChannelView>();
        foreach (var channel in Channels)
            views.Add(await GetAsync(channel, cancellationToken));
        return views;
    }

    /// <summary>How all channels stand, without what was done.</summary>
    public async Task<IReadOnlyList<ChannelStatistics>> ListBacklogsAsync(CancellationToken cancellationToken)
    {
        var backlogs = new List<ChannelStatistics>();
        foreach (var channel in Channels)
            backlogs.Add(await Admin.GetBacklogAsync(channel, cancellationToken));
        return backlogs;
    }

    /// <summary>Failed messages of all channels that nobody has acknowledged; null where there is no outbox, or where it cannot be asked.</summary>
    public async Task<long?> CountFailedAsync(CancellationToken cancellationToken)
    {
        if (!IsThere)
            return null;
        try
        {
            var count = 0L;
            foreach (var channel in Channels)
                count += (await Admin.ListFailuresAsync(channel, cancellationToken)).Sum(failure => failure.UnacknowledgedCount);
            return count;
        }
        catch (DbException fault)
        {
            // An outbox in another database that is away, or whose tables nobody has made yet: what else there is to see is seen without it.
            logger.OutboxNotAsked(fault);
            return null;
        }
    }

    public async Task<OutboxChannelView?> FindAsync(string channel, CancellationToken cancellationToken) =>
        Has(channel) ? await GetAsync(channel, cancellationToken) : null;

    public async Task<Page<OutboxMessageLine>> ListMessagesAsync(MessageFilter filter, long after, int limit, CancellationToken cancellationToken)
    {
        var found = await Admin.ListMessagesAsync(filter, after, limit + 1, cancellationToken);
        var shown = found.Take(limit).Select(Of).ToList();
        return new(shown, found.Count > limit ? shown[^1].Id.ToString(CultureInfo.InvariantCulture) : null);
    }

    private async Task<OutboxChannelView> GetAsync(string channel, CancellationToken cancellationToken)
    {
        var statistics = await Admin.GetStatisticsAsync(channel, cancellationToken);
        var groups = await Admin.ListGroupsAsync(channel, cancellationToken);
        var failures = await Admin.ListFailuresAsync(channel, cancellationToken);
        return new()
        {
            Channel = channel,
            Counts = statistics.Counts.ToDictionary(count => count.Key.ToString(), count => count.Value, StringComparer.Ordinal),
            OldestPendingSeconds = statistics.OldestPendingAge.TotalSeconds,
            OperationCount = statistics.OperationCount,
            UnacknowledgedCount = statistics.UnacknowledgedCount,
            PausedAt = statistics.PausedAt,
            Fault = statistics.Fault?.ToString(),
            Groups = [.. groups.Select(group => new OutboxGroupView(group.Group, group.PendingCount, group.PausedAt, group.HeldUntil))],
            Failures = [.. failures.Select(group => new OutboxFailureView(group.Kind.ToString(), group.ProblemType, group.Count, group.UnacknowledgedCount, group.Sample))],
        };
    }

    private static OutboxMessageLine Of(OutboxMessageView message) => new()
    {
        Id = message.Id,
        Group = message.Group,
        Key = message.Key,
        Version = message.Version,
        Type = message.Type,
        Status = message.Status.ToString(),
        AttemptCount = message.AttemptCount,
        CreatedAt = message.CreatedAt,
        CompletedAt = message.CompletedAt,
        FailureKind = message.FailureKind?.ToString(),
        ProblemType = message.ProblemType,
        ProblemDetail = message.ProblemDetail,
    };
}
