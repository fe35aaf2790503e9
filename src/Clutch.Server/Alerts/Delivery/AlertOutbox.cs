using System.Globalization;
using System.Text.Json;
using Clutch.Client.Wire;
using Clutch.Outbox;
using Clutch.Outbox.Administration;
using Clutch.Outbox.Channels;
using Clutch.Relational;
using Clutch.Server.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Clutch.Server.Alerts.Delivery;

/// <summary>The outbox through which alerts go: a channel of the server's own in the database of the job repository.</summary>
/// <remarks>It has services of its own, so it neither needs nor disturbs the outbox of the program, which may live in another database.</remarks>
internal sealed class AlertOutbox : IAsyncDisposable
{
    /// <summary>The channel; a group is a target.</summary>
    public const string Channel = "clutch-alerts";

    private const int MaxDeliveries = 500;

    private readonly ServiceProvider _services;
    private readonly AlertTargets _targets;
    private readonly IOutbox _outbox;
    private readonly IOutboxAdmin _admin;
    private IReadOnlyList<IHostedService> _runners = [];

    public AlertOutbox(ServerDatabase database, AlertTargets targets, ILoggerFactory loggers)
    {
        _targets = targets;
        var services = new ServiceCollection();
        services.AddSingleton(loggers);
        services.AddSingleton(database.Database);
        services.AddSingleton(database.TimeProvider);
        services.AddClutchOutbox(outbox => outbox.AddChannel(Channel, _ => new AlertSubmitter(targets), configure: Configure).RunInBackground());
        _services = services.BuildServiceProvider();
        _outbox = _services.GetRequiredService<IOutbox>();
        _admin = _services.GetRequiredService<IOutboxAdmin>();
    }

    public IReadOnlyList<IAlertTarget> Targets => _targets.All;

    /// <summary>The key of a thread's messages: at each target they arrive in their order.</summary>
    public static string KeyOf(long thread) => string.Create(CultureInfo.InvariantCulture, $"alert-{thread}");

    public static string KeyOfTest(string test) => $"test-{test}";

    public async Task MigrateAsync(CancellationToken cancellationToken) => await _services.GetRequiredService<OutboxSchema>().MigrateAsync(cancellationToken);

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        _runners = [.. _services.GetServices<IHostedService>()];
        foreach (var runner in _runners)
            await runner.StartAsync(cancellationToken);
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        foreach (var runner in _runners)
            await runner.StopAsync(cancellationToken);
    }

    /// <summary>Writes a message for each target, in the caller's transaction.</summary>
    public async Task EnqueueAsync(RelationalSession session, string key, long number, AlertNotice notice, CancellationToken cancellationToken) =>
        await _outbox.EnqueueAsync(session, Targets.Select(target => MessageOf(target, key, number, notice)).ToArray(), cancellationToken);

    /// <summary>Writes a test for each of the targets.</summary>
    public async Task EnqueueTestAsync(ServerDatabase database, string test, IEnumerable<IAlertTarget> targets, string by, CancellationToken cancellationToken)
    {
        var now = database.TimeProvider.GetUtcNow();
        await using var session = await database.Database.OpenSessionAsync(cancellationToken);
        await session.BeginAsync(cancellationToken);
        var messages = targets.Select(target => MessageOf(target, KeyOfTest(test), 1, AlertNotices.Test(target.Name, by, now))).ToArray();
        await _outbox.EnqueueAsync(session, messages, cancellationToken);
        await session.CommitAsync(cancellationToken);
        Wake();
    }

    /// <summary>Sends what failed for good under a key again, to one target or to all, and answers how many messages that were. One that a newer message of the key has overtaken is not sent.</summary>
    public async Task<int> ResendAsync(string key, string? target, string by, CancellationToken cancellationToken)
    {
        var redrive = new Redrive { CommandId = Guid.CreateVersion7().ToString(), Filter = new() { Channel = Channel, Group = target, Key = key }, By = by };
        var result = await _admin.RedriveAsync(redrive, cancellationToken);
        Wake();
        return result.MatchedCount;
    }

    /// <summary>Since when the oldest message that was not sent has waited, whatever was tried meanwhile; null where none waits.</summary>
    public async Task<DateTimeOffset?> WaitingSinceAsync(CancellationToken cancellationToken) =>
        (await _admin.ListMessagesAsync(new() { Channel = Channel, Status = MessageStatus.Pending }, after: 0, count: 1, cancellationToken)).FirstOrDefault()?.CreatedAt;

    /// <summary>What was sent, or is to be, under a key.</summary>
    public async Task<IReadOnlyList<AlertDeliveryView>> ListAsync(string key, CancellationToken cancellationToken)
    {
        var messages = await _admin.ListMessagesAsync(new() { Channel = Channel, Key = key }, after: 0, MaxDeliveries, cancellationToken);
        var troubles = await TroublesAsync(key, messages.Where(message => message.CompletedAt is null).Select(message => message.Group), cancellationToken);
        return [.. messages.Select(message => Of(message, troubles.GetValueOrDefault((message.Group, message.Version)) ?? new(0, null)))];
    }

    // A message that is still on its way knows nothing of its tries: the timeline does.
    private async Task<Dictionary<(string Target, long Number), Trouble>> TroublesAsync(string key, IEnumerable<string> targets, CancellationToken cancellationToken)
    {
        var troubles = new Dictionary<(string Target, long Number), Trouble>();
        foreach (var target in targets.Distinct(StringComparer.Ordinal))
        {
            var tries = (await _admin.GetTimelineAsync(Channel, target, key, cancellationToken)).Where(entry => entry.Event == "attempt");
            foreach (var group in tries.GroupBy(entry => entry.Version))
                troubles[(target, group.Key)] = new(group.Count(), group.Select(entry => entry.Detail).LastOrDefault(detail => detail is not null));
        }

        return troubles;
    }

    /// <summary>Sends at once what was committed.</summary>
    public void Wake() => _outbox.Wake(Channel);

    public ValueTask DisposeAsync() => _services.DisposeAsync();

    private static OutboxMessage MessageOf(IAlertTarget target, string key, long number, AlertNotice notice) => new()
    {
        Channel = Channel,
        Group = target.Name,
        Key = key,
        Version = number,
        Type = notice.Kind.ToString(),
        Body = JsonSerializer.SerializeToUtf8Bytes(notice, WireJson.Default.AlertNotice),
    };

    private static void Configure(ChannelOptions channel)
    {
        // "Recovered" never overtakes what it ends.
        channel.Ordering = Ordering.PerKey;
        channel.BatchSize = 1;
        channel.MaxConcurrency = 8;
        channel.AttemptTimeout = TimeSpan.FromSeconds(30);
        // With at most 5 minutes between two tries, a target that answers with faults has about four hours; one that cannot be reached at all has for ever.
        channel.Retry.MaxAttempts = 100;
        // A server that dies again and again has most need of its alerts.
        channel.Retry.MaxLostLeases = 100;
        channel.Retry.MaxDelay = TimeSpan.FromMinutes(5);
        channel.Retention.Done = TimeSpan.FromDays(30);
        channel.Retention.Failed = TimeSpan.FromDays(90);
    }

    private static AlertDeliveryView Of(OutboxMessageView message, Trouble trouble) => new()
    {
        Target = message.Group,
        Kind = Enum.Parse<AlertNoticeKind>(message.Type),
        Status = message.Status.ToString(),
        AttemptCount = Math.Max(message.AttemptCount, trouble.TryCount),
        CreatedAt = message.CreatedAt,
        CompletedAt = message.CompletedAt,
        Problem = message.ProblemDetail ?? message.ProblemType ?? trouble.Problem,
    };

    private sealed record Trouble(int TryCount, string? Problem);
}
