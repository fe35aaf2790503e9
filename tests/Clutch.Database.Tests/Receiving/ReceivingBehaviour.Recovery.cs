using System.Net;
using Clutch.Database.Tests.Fixtures;
using Clutch.Outbox.Receiving;
using Clutch.Relational;
using Microsoft.Extensions.DependencyInjection;

namespace Clutch.Database.Tests.Receiving;

/// <summary>The server half: what a lost lease, an expired record and a killed service leave behind.</summary>
public abstract partial class ReceivingBehaviour
{
    [SkippableFact]
    public async Task A_worker_that_lost_its_lease_commits_nothing()
    {
        await using var store = open();
        Skip.If(store is SqliteStore, "On SQLite the one writer is held while a slice is applied, so no other worker can take over within it.");
        var (held, goOn) = (new TaskCompletionSource(), new TaskCompletionSource());
        var slow = new LedgerHandler
        {
            BeforeCommit = async (_, token) =>
            {
                held.TrySetResult();
                await goOn.Task.WaitAsync(token);
            },
        };
        await using var first = await StartAsync(store, slow, options => options.Workers = 1);
        using var accepted = await SendAsync(first, "k1", Body("a1", ("1", "s", 1)));
        await held.Task.WaitAsync(Patience);
        await first.Database.ExecuteAsync("UPDATE clutch_operation SET lease_until = 0");
        // Its transaction holds the version's row, so the second waits for it and then finds the lease its own.
        await using var second = await StartAsync(store, configure: options => options.Workers = 1);
        await WaitUntilAsync(async () => await second.Database.CountAsync("clutch_operation WHERE fence = 2") == 1);

        goOn.SetResult();
        var ended = await EndOfAsync(second, accepted.Headers.Location!);

        Assert.Equal(["1=APPLIED"], Outcomes(ended));
        Assert.Equal(["a1/s@1"], await LedgerAsync(second));
    }

    [SkippableFact]
    public async Task A_slice_that_takes_longer_than_its_lease_keeps_it()
    {
        await using var store = open();
        Skip.If(store is SqliteStore, "On SQLite the one writer is held while a slice is applied, so no other worker can take over within it.");
        var (held, goOn) = (new TaskCompletionSource(), new TaskCompletionSource());
        var slow = new LedgerHandler
        {
            BeforeCommit = async (_, token) =>
            {
                held.TrySetResult();
                await goOn.Task.WaitAsync(token);
            },
        };
        await using var service = await StartAsync(store, slow, options => (options.Workers, options.LeaseDuration) = (1, TimeSpan.FromSeconds(3)));
        using var accepted = await SendAsync(service, "k1", Body("a1", ("1", "s", 1)));
        await held.Task.WaitAsync(Patience);
        var before = await LeaseAsync();

        await WaitUntilAsync(async () => await LeaseAsync() > before);
        goOn.SetResult();

        Assert.Equal(["1=APPLIED"], Outcomes(await EndOfAsync(service, accepted.Headers.Location!)));

        async Task<long> LeaseAsync() => (await service.Database.ListAsync("SELECT lease_until FROM clutch_operation", row => row.GetInt64(0))).Single();
    }

    [SkippableFact]
    public async Task A_sweep_finds_the_key_of_an_operation_by_an_index()
    {
        await using var store = open();
        Skip.IfNot(store is SqliteStore, "PostgreSQL reads a small table whole, index or not.");
        await using var service = await StartAsync(store);

        var plan = await service.Database.ListAsync(store.Explain(ReceivingStatements.For(service.Database).SweepItems.Replace("@limit", "50", StringComparison.Ordinal)), row => row.GetString(row.FieldCount - 1));

        Assert.Contains(plan, line => line.StartsWith("SEARCH kept USING COVERING INDEX clutch_idempotency_record_by_operation", StringComparison.Ordinal));
    }

    [SkippableFact]
    public async Task What_expired_is_deleted_and_its_key_is_free_again()
    {
        await using var store = open();
        await using var service = await StartAsync(store);
        await RunAsync(service, "k1", Body("a1", ("1", "s", 1)));
        await RunAsync(service, "k2", Body("a1", ("1", "t", 1)));
        await service.Database.ExecuteAsync("UPDATE clutch_operation SET expires_at = 1 WHERE id IN (SELECT operation_id FROM clutch_idempotency_record WHERE key = 'k1')");
        await service.Database.ExecuteAsync("UPDATE clutch_idempotency_record SET expires_at = 1 WHERE key = 'k1'");
        var operations = service.Services.GetRequiredService<OperationStore>();

        while (await operations.SweepAsync(100, default) > 0)
        {
        }

        Assert.Equal(1, await service.Database.CountAsync("clutch_operation"));
        Assert.Equal(1, await service.Database.CountAsync("clutch_operation_item"));
        Assert.Equal(1, await service.Database.CountAsync("clutch_idempotency_record"));
        Assert.Equal(["1=ALREADY_APPLIED"], Outcomes(await RunAsync(service, "k1", Body("a1", ("1", "s", 1)))));
    }

    [SkippableFact]
    public async Task A_key_whose_time_is_over_is_free_before_anything_is_swept()
    {
        await using var store = open();
        await using var service = await StartAsync(store);
        await RunAsync(service, "k1", Body("a1", ("1", "s", 1)));
        await service.Database.ExecuteAsync("UPDATE clutch_idempotency_record SET expires_at = 1");

        Assert.Equal(["1=APPLIED"], Outcomes(await RunAsync(service, "k1", Body("a1", ("1", "other", 1)))));
    }

    [SkippableTheory]
    [InlineData(ReceivingFaultPoints.InsideAccept)]
    [InlineData(ReceivingFaultPoints.AfterAccept)]
    [InlineData(ReceivingFaultPoints.AfterClaim)]
    [InlineData(ReceivingFaultPoints.InsideApply)]
    [InlineData(ReceivingFaultPoints.AfterSlice)]
    public async Task K18_a_service_killed_at_any_point_loses_no_accepted_item_and_doubles_none(string point)
    {
        await using var store = open();
        var body = Body("a1", [.. Enumerable.Range(1, 25).Select(i => ($"{i}", $"s{i}", 1L))]);
        await using (var doomed = await ReceivingChild.StartAsync(store, $"{point}:{(point == ReceivingFaultPoints.InsideApply ? 2 : 1)}:kill"))
        {
            // Whether an answer comes depends on the point; that the process dies does not.
            var cut = await Record.ExceptionAsync(() => SendAsync(doomed.Client, "k1", body));
            Assert.True(cut is null or HttpRequestException, $"{cut}");
            Assert.Equal(137, await doomed.WaitForEndAsync());
        }

        await using var service = await ReceivingChild.StartAsync(store, fault: null);
        using var again = await SendAsync(service.Client, "k1", body);
        var ended = await EndOfAsync(service.Client, again.Headers.Location!);

        Assert.Equal(HttpStatusCode.Accepted, again.StatusCode);
        Assert.Equal("Succeeded", ended.GetProperty("status").GetString());
        Assert.All(Outcomes(ended), outcome => Assert.EndsWith("=APPLIED", outcome, StringComparison.Ordinal));
        await using var services = store.Services();
        var database = services.GetRequiredService<RelationalDatabase>();
        Assert.Equal(1, await database.CountAsync("clutch_operation"));
        Assert.Equal(25, await database.CountAsync("ledger"));
        Assert.Equal(25, await database.CountAsync("(SELECT DISTINCT sku FROM ledger) AS different"));
    }
}
