using Clutch.Client.Wire;
using Clutch.Relational;
using Clutch.Server.Alerts.Delivery;
using Clutch.Server.Storage;
using Clutch.Server.Telemetry;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Clutch.Server.Alerts;

/// <summary>Looks at the rules and makes alerts of what they find. An alert's change and its messages are one transaction.</summary>
internal sealed class AlertEngine(
    ServerDatabase database, AlertStore alerts, SilenceStore silences, AlertLease lease, AlertOutbox outbox, IEnumerable<IAlertRule> rules,
    IOptions<ClutchServerOptions> options, ILogger<AlertEngine> logger)
    : IDisposable
{
    private readonly IReadOnlyList<IAlertRule> _rules = [.. rules];
    private readonly SemaphoreSlim _single = new(1, 1);

    /// <summary>Looks once; false where another process does. One look at a time: what an older one found would undo what a newer one told.</summary>
    public async Task<bool> LookAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        await _single.WaitAsync(cancellationToken);
        try
        {
            return await LookAloneAsync(now, cancellationToken);
        }
        finally
        {
            _single.Release();
        }
    }

    public void Dispose() => _single.Dispose();

    private async Task<bool> LookAloneAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (!await lease.TakeAsync(cancellationToken))
            return false;
        var look = new AlertLook(now, await alerts.ListLiveAsync(cancellationToken));
        var found = await FindAsync(look, cancellationToken);
        await using var session = await database.Database.OpenSessionAsync(cancellationToken);
        await session.BeginAsync(cancellationToken);
        // The rules may have taken longer than the lease, and another process told newer findings meanwhile.
        if (!await lease.KeepAsync(session, isWhole: found.Count == _rules.Count(rule => rule.IsEnabled), cancellationToken))
            return false;
        var applied = await ApplyAsync(session, found, now, cancellationToken);
        await session.CommitAsync(cancellationToken);
        Note(applied);
        return true;
    }

    private async Task<Dictionary<AlertRule, IReadOnlyList<AlertFinding>>> FindAsync(AlertLook look, CancellationToken cancellationToken)
    {
        var found = new Dictionary<AlertRule, IReadOnlyList<AlertFinding>>();
        foreach (var rule in _rules.Where(rule => rule.IsEnabled))
        {
            try
            {
                found[rule.Rule] = await rule.FindAsync(look, cancellationToken);
            }
            catch (Exception fault) when (!cancellationToken.IsCancellationRequested)
            {
                // The other rules still count; the alerts of this one stay as they are.
                logger.AlertRuleFailed(rule.Rule, fault);
            }
        }

        return found;
    }

    // What is rolled back did not happen.
    private void Note(Applied applied)
    {
        AlertMetrics.Changed(applied.Opened, applied.Recovered);
        foreach (var alert in applied.Opened)
            logger.AlertOpened(alert.Id, alert.Finding.Rule, alert.Finding.What);
        foreach (var alert in applied.Recovered)
            logger.AlertRecovered(alert.Id, alert.Finding.Rule);
        if (applied.NoticeCount > 0)
            outbox.Wake();
    }

    private async Task<Applied> ApplyAsync(RelationalSession session, Dictionary<AlertRule, IReadOnlyList<AlertFinding>> found, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var live = await alerts.ListLiveAsync(session, cancellationToken);
        var disabled = _rules.Where(rule => !rule.IsEnabled).Select(rule => rule.Rule).ToHashSet();
        var plan = AlertPlan.Of(live, found, disabled, (await alerts.ListOrphansAsync(session, cancellationToken)).ToHashSet());
        foreach (var over in plan.Recovered.Concat(plan.Dropped))
            await alerts.ResolveAsync(session, over, now, cancellationToken);
        foreach (var (alert, finding) in plan.Changed)
            await alerts.ChangeAsync(session, alert, finding, cancellationToken);
        var opened = new List<LiveAlert>();
        foreach (var finding in plan.Opened)
            opened.Add(await alerts.OpenAsync(session, finding, now, cancellationToken));

        var silenced = new Silences(await silences.ListAsync(now, cancellationToken), now);
        var gone = plan.Recovered.Concat(plan.Dropped).Select(alert => alert.Id).ToHashSet();
        var latest = plan.Changed.ToDictionary(change => change.Alert.Id, change => change.Finding);
        var lasting = live.Where(alert => !gone.Contains(alert.Id)).Select(alert => latest.TryGetValue(alert.Id, out var finding) ? alert with { Finding = finding } : alert).Concat(opened);
        return new(opened, plan.Recovered, await TellAsync(session, [.. lasting], plan.Recovered, silenced, now, cancellationToken));
    }

    // Told on change only: that it began, that it still lasts, that it is over. A burst of one rule and job is one message.
    // A silence keeps to itself that something is wrong, never that it is over: who was called would look for what is not there any more.
    // Where there is nobody to tell, what is open counts as untold: a target that is named later hears of it.
    private async Task<int> TellAsync(
        RelationalSession session, IReadOnlyList<LiveAlert> lasting, IReadOnlyList<LiveAlert> recovered, Silences silenced, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (outbox.Targets.Count == 0)
            return 0;
        var open = lasting.Where(alert => alert.State is AlertState.Open && !silenced.Cover(alert)).ToList();
        var fired = open.Where(alert => alert.NotifiedAt is null).GroupBy(alert => (alert.Finding.Rule, alert.Finding.Job)).Select(group => group.ToList());
        var repeated = open.Where(alert => alert.NotifiedAt is { } at && at + options.Value.Alerts.RepeatEvery <= now).GroupBy(alert => alert.Thread).Select(group => group.ToList());
        var over = recovered.Where(alert => alert.NotifiedAt is not null).GroupBy(alert => alert.Thread).Select(group => group.ToList());
        var notices = fired.Select(list => (AlertNoticeKind.Fired, list)).Concat(repeated.Select(list => (AlertNoticeKind.Repeated, list)))
            .Concat(over.Select(list => (AlertNoticeKind.Recovered, list))).ToList();
        foreach (var (kind, list) in notices)
        {
            var thread = list[0].Thread ?? list[0].Id;
            var number = await alerts.NextNoticeAsync(session, thread, cancellationToken);
            await outbox.EnqueueAsync(session, AlertOutbox.KeyOf(thread), number, AlertNotices.Of(kind, list, now, options.Value.Alerts.PublicUrl), cancellationToken);
            foreach (var alert in list.Where(_ => kind is not AlertNoticeKind.Recovered))
                await alerts.NotifiedAsync(session, alert, thread, now, cancellationToken);
        }

        return notices.Count;
    }

    private sealed record Applied(IReadOnlyList<LiveAlert> Opened, IReadOnlyList<LiveAlert> Recovered, int NoticeCount);
}
