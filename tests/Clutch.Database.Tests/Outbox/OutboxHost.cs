using Clutch.Database.Tests.Fixtures;
using Clutch.Outbox;
using Clutch.Outbox.Administration;
using Clutch.Outbox.Channels;
using Clutch.Outbox.Faults;
using Clutch.Outbox.Hosting;
using Clutch.Outbox.Operations;
using Clutch.Outbox.Protocol;
using Clutch.Outbox.Running;
using Clutch.Outbox.Storage;
using Clutch.Outbox.Submitting;
using Clutch.Relational;
using Clutch.Repository;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Clutch.Database.Tests.Outbox;

/// <summary>An outbox at work in a store, with a target in memory and short delays.</summary>
public sealed class OutboxHost : IAsyncDisposable
{
    public const string Channel = "stock";

    private readonly ServiceProvider _services;

    private OutboxHost(ServiceProvider services, FakeTarget target) => (_services, Target) = (services, target);

    public FakeTarget Target { get; }

    public RelationalDatabase Database => _services.GetRequiredService<RelationalDatabase>();

    public IOutbox Outbox => _services.GetRequiredService<IOutbox>();

    public IOutboxAdmin Admin => _services.GetRequiredService<IOutboxAdmin>();

    public OutboxRelay Relay => _services.GetRequiredService<OutboxRelay>();

    public OperationPoller Poller => _services.GetRequiredService<OperationPoller>();

    public OutboxRunner Runner => _services.GetRequiredService<OutboxRunner>();

    public OutboxSweeper Sweeper => _services.GetRequiredService<OutboxSweeper>();

    public ISignals Signals => _services.GetRequiredService<ISignals>();

    internal OutboxStore Store => _services.GetRequiredService<OutboxStore>();

    internal ChannelOptions Options => _services.GetRequiredService<ChannelDirectory>().Get(Channel).Options;

    internal SubmissionSettler Settler => new(Store, Channel, Options.Ordering is Ordering.LatestWins);

    internal OutboxProtocol Protocol => new(Options, Store.Safeguards, new(static () => 0.5));

    public static async Task<OutboxHost> OpenAsync(
        Store store, Action<ChannelOptions>? configure = null, IOutboxFaults? faults = null, FakeTarget? target = null, Action<OutboxBuilder>? more = null,
        (ISubmitter Submitter, IOperationClient Operations)? other = null, TimeProvider? clock = null)
    {
        target ??= new();
        var services = store.Services(services => services.AddSingleton(clock ?? TimeProvider.System).AddClutchOutbox(outbox =>
        {
            outbox.AddChannel(Channel, _ => other?.Submitter ?? target, _ => other?.Operations ?? target, options =>
            {
                BeFast(options);
                configure?.Invoke(options);
            });
            if (faults is not null)
                outbox.UseFaults(faults);
            more?.Invoke(outbox);
        }));
        await services.GetRequiredService<OutboxSchema>().MigrateAsync(CancellationToken.None);
        return new(services, target);
    }

    public async Task<EnqueueResult> EnqueueAsync(params OutboxMessage[] messages)
    {
        await using var session = await Database.OpenSessionAsync(CancellationToken.None);
        await session.BeginAsync(CancellationToken.None);
        var result = await Outbox.EnqueueAsync(session, messages, CancellationToken.None);
        await session.CommitAsync(CancellationToken.None);
        return result;
    }

    public static OutboxMessage Message(string key, long version = 1, string group = "acme") =>
        new() { Channel = Channel, Group = group, Key = key, Version = version, Type = "UPSERT", Body = System.Text.Encoding.UTF8.GetBytes($$"""{"sku":"{{key}}"}""") };

    public static OutboxMessage[] Messages(int count, string group = "acme") =>
        [.. Enumerable.Range(1, count).Select(number => Message($"sku-{number.ToString("D5", System.Globalization.CultureInfo.InvariantCulture)}", group: group))];

    internal ValueTask<ClaimedSubmission?> ClaimAsync(string owner = "one", string group = "acme") =>
        Store.ClaimAsync(Channel, group, Options.BatchSize, Options, owner, CancellationToken.None);

    internal ValueTask<ClaimedSubmission?> ClaimDueAsync(string owner = "one", string group = "acme") =>
        Store.ClaimDueAsync(Channel, group, Options, owner, CancellationToken.None);

    internal ValueTask<IReadOnlyList<ClaimedOperation>> ClaimOperationsAsync(string owner = "one") =>
        Store.ClaimOperationsAsync(Channel, 100, Options.LeaseDuration, owner, CancellationToken.None);

    /// <summary>Stores one step; true if its fence held.</summary>
    internal async Task<bool> StoreAsync(SubmissionChange change) =>
        (await Settler.StoreAsync([change], OutboxFaultPoints.InsideSave, CancellationToken.None)).Held[0];

    /// <summary>Lets time pass for what is stored.</summary>
    public async Task PassAsync(TimeSpan time)
    {
        var back = Database.Product == "Sqlite"
            ? string.Create(System.Globalization.CultureInfo.InvariantCulture, $"- {(long)time.TotalMilliseconds}")
            : string.Create(System.Globalization.CultureInfo.InvariantCulture, $"- interval '{(long)time.TotalMilliseconds} milliseconds'");
        // What is at work meanwhile locks rows in another order: the database then asks one of the two to try again.
        while (!await TryExecuteAsync($"""
            UPDATE clutch_outbox_submission
            SET due_at = due_at {back}, submitted_at = submitted_at {back}, created_at = created_at {back}, closed_at = closed_at {back}, refused_at = refused_at {back};
            UPDATE clutch_outbox_message
            SET next_attempt_at = next_attempt_at {back}, created_at = created_at {back}, completed_at = completed_at {back}, expires_at = expires_at {back};
            UPDATE clutch_outbox_group SET held_until = held_until {back};
            UPDATE clutch_outbox_channel SET fault_at = fault_at {back}, fault_until = fault_until {back}, resumed_at = resumed_at {back};
            UPDATE clutch_outbox_attempt SET at = at {back}
            """))
        {
        }
    }

    private async Task<bool> TryExecuteAsync(string sql)
    {
        try
        {
            await Database.ExecuteAsync(sql);
            return true;
        }
        catch (PostgresException fault) when (fault.SqlState == PostgresErrorCodes.DeadlockDetected)
        {
            return false;
        }
    }

    public async Task<Dictionary<string, long>> CountsAsync()
    {
        var rows = await Database.ListAsync("SELECT status, count(*) FROM clutch_outbox GROUP BY status", row => (row.GetString(0), row.GetInt64(1)));
        return rows.ToDictionary(row => row.Item1, row => row.Item2);
    }

    public async Task<string> StatusOfAsync(string key, long version = 1) =>
        (await Database.ListAsync(
            string.Create(System.Globalization.CultureInfo.InvariantCulture, $"SELECT status FROM clutch_outbox WHERE key = '{key}' AND version = {version}"), row => row.GetString(0))).Single();

    public async Task<OutboxMessageView> FindAsync(string key, long version = 1) =>
        (await Admin.ListMessagesAsync(new() { Channel = Channel, Key = key }, 0, 1_000, CancellationToken.None)).Single(message => message.Version == version);

    public Task<OutboxDrain> DrainAsync() => Runner.DrainAsync(Channel, CancellationToken.None).WaitAsync(TimeSpan.FromMinutes(1));

    public ValueTask DisposeAsync() => _services.DisposeAsync();

    private static void BeFast(ChannelOptions options)
    {
        options.IdleInterval = TimeSpan.FromMilliseconds(10);
        options.Retry.FirstDelay = TimeSpan.FromMilliseconds(1);
        options.Retry.MaxDelay = TimeSpan.FromSeconds(1);
        options.Poll.MinDelay = TimeSpan.FromMilliseconds(1);
        options.Poll.MaxDelay = TimeSpan.FromMilliseconds(20);
        options.LostStatusGrace = TimeSpan.Zero;
        options.BreakerRest = TimeSpan.FromMilliseconds(5);
        options.FaultRest = TimeSpan.FromHours(1);
    }
}
