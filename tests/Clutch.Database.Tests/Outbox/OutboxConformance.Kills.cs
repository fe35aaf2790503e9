using System.Collections.Concurrent;
using Clutch.Database.Tests.Fixtures;
using Clutch.Database.Tests.Receiving;
using Clutch.Outbox.Faults;
using Clutch.Outbox.Operations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Clutch.Database.Tests.Outbox;

/// <summary>K7 to K13, K15 and K16: a process of its own dies of SIGKILL at the point, and the next one goes on.</summary>
public abstract partial class OutboxConformance
{
    [SkippableFact]
    public async Task A_process_killed_at_every_point_in_turn_delivers_exactly()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "Killed processes are told by the exit code of a signal.");
        var folder = Directory.CreateTempSubdirectory("clutch-outbox-target-");
        var file = Path.Combine(folder.FullName, "target.db");
        var target = new FileTarget(file);
        await using var host = await OutboxCrashChild.OpenAsync(Store, target);
        await host.EnqueueAsync(OutboxHost.Messages(100));
        var ends = new List<(string Point, int ExitCode)>();

        foreach (var point in new[]
        {
            OutboxFaultPoints.AfterClaim, FileTarget.AfterAccept, OutboxFaultPoints.AfterSubmit, OutboxFaultPoints.InsideSave, OutboxFaultPoints.AfterSave,
            OutboxFaultPoints.AfterStatus, OutboxFaultPoints.InsideSettle, OutboxFaultPoints.AfterSettle,
        })
        {
            ends.Add((point, await OutboxCrashChild.StartAsync(OutboxCrashChild.Drain, Store, file, $"{point}:1:kill")));
            await host.PassAsync(TimeSpan.FromMinutes(1));
        }

        var last = await OutboxCrashChild.StartAsync(OutboxCrashChild.Drain, Store, file);

        Assert.All(ends, end => Assert.Equal((end.Point, 137), end));
        Assert.Equal(0, last);
        Assert.Equal(new Dictionary<string, long> { ["SYNCED"] = 100 }, await host.CountsAsync());
        Assert.Equal((100, 0), (target.EffectCount, target.DoubleCount));
        // One operation a submission, however often it was sent: the key was stored before.
        Assert.Equal(await host.Database.CountAsync("clutch_outbox_submission"), target.OperationCount);
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        folder.Delete(recursive: true);
    }

    [SkippableFact]
    public async Task K8_a_sender_killed_while_its_bytes_are_sent_in_part_sends_the_same_later()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "Killed processes are told by the exit code of a signal.");
        await using var theirs = open();
        var arrivals = new Arrivals();
        await using var service = await StockService.StartAsync(theirs.AddRepository, map: app => app.Use(arrivals.ObserveAsync));
        var host = await OpenAsync();
        await host.EnqueueAsync(OutboxHost.Messages(10));

        var killed = await OutboxCrashChild.StartAsync(OutboxCrashChild.Send, Store, service.Address.ToString(), $"{HalfSender.HalfSent}:1:kill");
        await arrivals.First;
        var stored = await service.Database.CountAsync("clutch_operation") + await service.Database.CountAsync("clutch_idempotency_record");
        await host.PassAsync(TimeSpan.FromMinutes(1));
        var last = await OutboxCrashChild.StartAsync(OutboxCrashChild.Send, Store, service.Address.ToString());

        Assert.Equal((137, 0), (killed, last));
        Assert.Equal(0, stored);
        Assert.Equal(new Dictionary<string, long> { ["SYNCED"] = 10 }, await host.CountsAsync());
        // The request that came in part and the one that came whole are the same one.
        Assert.True(arrivals.Keys.Count > 1, "The request was seen once, so it did not come in part.");
        Assert.Single(arrivals.Keys.Distinct());
        Assert.Equal(1, await service.Database.CountAsync("clutch_operation"));
        Assert.Equal(10, await service.Database.CountAsync("ledger"));
    }

    [SkippableFact]
    public async Task K15_a_redrive_killed_after_half_of_its_filter_does_the_rest_once_under_the_same_command()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "Killed processes are told by the exit code of a signal.");
        var host = await OpenAsync();
        host.Target.Item = item => new(item.ItemId, ItemOutcome.Failed) { Problem = new("bad") };
        await host.EnqueueAsync(OutboxHost.Messages(25));
        await host.DrainAsync();
        host.Target.Item = null;

        // At ten a second a batch is ten: the second is under way, and not committed.
        var killed = await OutboxCrashChild.StartAsync(OutboxCrashChild.Redrive, Store, target: "none", $"{OutboxFaultPoints.InsideRedrive}:2:kill");
        var half = await host.CountsAsync();
        var goesOn = await OutboxCrashChild.StartAsync(OutboxCrashChild.Redrive, Store, target: "none");
        var doesNothing = await OutboxCrashChild.StartAsync(OutboxCrashChild.Redrive, Store, target: "none");

        Assert.Equal((137, 0, 0), (killed, goesOn, doesNothing));
        Assert.Equal(new Dictionary<string, long> { ["PENDING"] = 10, ["FAILED"] = 15 }, half);
        Assert.Equal(new Dictionary<string, long> { ["PENDING"] = 25 }, await host.CountsAsync());
        Assert.Equal(25, await host.Database.CountAsync("clutch_outbox_message WHERE redrive_count = 1"));
        Assert.Equal(
            [(OutboxCrashChild.Monday.CommandId, 25, 25, 0)],
            await host.Database.ListAsync(
                "SELECT command_id, matched_count, redriven_count, superseded_count FROM clutch_outbox_redrive WHERE ended_at IS NOT NULL",
                row => (row.GetString(0), row.GetInt32(1), row.GetInt32(2), row.GetInt32(3))));
        await host.PassAsync(TimeSpan.FromMinutes(1));
        await host.DrainAsync();
        Assert.Equal(new Dictionary<string, long> { ["SYNCED"] = 25 }, await host.CountsAsync());
        host.Target.AssertExact();
    }

    [SkippableFact]
    public async Task K16_retention_killed_while_it_deletes_leaves_no_payload_without_its_message()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "Killed processes are told by the exit code of a signal.");
        var host = await OpenAsync();
        await host.EnqueueAsync(OutboxHost.Messages(10));
        await host.DrainAsync();
        await host.PassAsync(TimeSpan.FromDays(8));

        // Four a batch: the first is committed, the second deleted and not committed.
        var killed = await OutboxCrashChild.StartAsync(OutboxCrashChild.Sweep, Store, target: "none", $"{OutboxFaultPoints.InsideRetention}:2:kill");
        var left = await StoredAsync(host);
        var orphans = await host.Database.CountAsync("clutch_outbox_body AS body WHERE NOT EXISTS (SELECT 1 FROM clutch_outbox_message AS message WHERE message.id = body.message_id)");

        Assert.Equal(137, killed);
        Assert.Equal((6, 6), left);
        Assert.Equal(0, orphans);
        await SweepUntilEmptyAsync(host);
    }

    private static async Task<(long Messages, long Bodies)> StoredAsync(OutboxHost host) =>
        (await host.Database.CountAsync("clutch_outbox_message"), await host.Database.CountAsync("clutch_outbox_body"));

    /// <summary>A sweep passes over what is locked, and a server takes a moment to see that who held the locks is dead.</summary>
    private async Task SweepUntilEmptyAsync(OutboxHost host)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        do
        {
            deadline.Token.ThrowIfCancellationRequested();
            Assert.Equal(0, await OutboxCrashChild.StartAsync(OutboxCrashChild.Sweep, Store, target: "none"));
        }
        while (await StoredAsync(host) != (0, 0));
    }

    /// <summary>Notes each submission of which a service has seen the head, and when it is through with it.</summary>
    private sealed class Arrivals
    {
        private readonly TaskCompletionSource _first = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly ConcurrentQueue<string> _keys = new();

        /// <summary>Done when the service is through with the first, whatever came of it.</summary>
        public Task First => _first.Task.WaitAsync(TimeSpan.FromMinutes(1));

        public IReadOnlyCollection<string> Keys => _keys;

        public async Task ObserveAsync(HttpContext context, RequestDelegate next)
        {
            if (!context.Request.Path.StartsWithSegments("/stock-updates:batch", StringComparison.Ordinal))
            {
                await next(context);
                return;
            }

            _keys.Enqueue(context.Request.Headers["Idempotency-Key"].ToString());
            try
            {
                await next(context);
            }
            finally
            {
                _first.TrySetResult();
            }
        }
    }
}
