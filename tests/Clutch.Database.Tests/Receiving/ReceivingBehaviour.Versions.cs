using Clutch.Database.Tests.Fixtures;
using Clutch.Outbox.Operations;
using Clutch.Outbox.Receiving;
using Clutch.Relational;

namespace Clutch.Database.Tests.Receiving;

/// <summary>The server half: each version of a key makes one effect, and none goes back.</summary>
public abstract partial class ReceivingBehaviour
{
    [SkippableFact]
    public async Task Older_and_equal_versions_make_no_effect_and_are_successes()
    {
        await using var store = open();
        await using var service = await StartAsync(store);
        await RunAsync(service, "k1", Body("a1", ("1", "s", 5)));

        var ended = await RunAsync(service, "k2", Body("a1", ("1", "s", 5), ("2", "s", 4), ("3", "s", 7), ("4", "s", 6), ("5", "s", 7)));
        var elsewhere = await RunAsync(service, "k3", Body("a2", ("1", "s", 1)));

        Assert.Equal("Succeeded", ended.GetProperty("status").GetString());
        Assert.Equal(["1=SUPERSEDED", "2=SUPERSEDED", "3=APPLIED", "4=SUPERSEDED", "5=ALREADY_APPLIED"], Outcomes(ended));
        Assert.Equal(["1=APPLIED"], Outcomes(elsewhere));
        Assert.Equal(["a1/s@5", "a1/s@7", "a2/s@1"], await LedgerAsync(service));
        Assert.Equal(["a1/s@7", "a2/s@1"], await RowsAsync(service, "stock"));
    }

    [SkippableFact]
    public async Task A_bad_item_fails_alone_and_leaves_no_version_behind()
    {
        await using var store = open();
        await using var service = await StartAsync(store);
        var items = Enumerable.Range(1, 30).Select(i => ($"{i}", i switch { 7 => "poison-7", 19 => "named-bad-19", _ => $"sku-{i}" }, 1L)).ToArray();

        var ended = await RunAsync(service, "k1", Body("a1", items));

        Assert.Equal("PartiallySucceeded", ended.GetProperty("status").GetString());
        Assert.Equal(["7=FAILED", "19=FAILED"], Outcomes(ended).Where(outcome => !outcome.EndsWith("=APPLIED", StringComparison.Ordinal)));
        Assert.Equal((30, 2), (ended.GetProperty("counts").GetProperty("done").GetInt32(), ended.GetProperty("counts").GetProperty("failed").GetInt32()));
        var problems = ended.GetProperty("items").EnumerateArray().Where(item => item.TryGetProperty("problem", out _)).ToArray();
        Assert.Equal(["urn:clutch:problem:item-failed", "urn:test:named"], problems.Select(item => item.GetProperty("problem").GetProperty("type").GetString()));
        Assert.Equal([false, true], problems.Select(item => item.GetProperty("retryable").GetBoolean()));
        Assert.Equal(28, (await LedgerAsync(service)).Count);
        Assert.Equal(28, await service.Database.CountAsync("clutch_version_high_water"));
    }

    [SkippableTheory]
    [InlineData(typeof(TimeoutException))]
    [InlineData(typeof(OperationCanceledException))]
    [InlineData(typeof(HttpRequestException))]
    [InlineData(typeof(IOException))]
    public async Task An_item_whose_handler_ran_out_of_time_or_met_an_outage_fails_alone_and_may_be_sent_again(Type fault)
    {
        await using var store = open();
        var handler = new LedgerHandler
        {
            BeforeCommit = (batch, _) => batch.Items.Any(item => item.Key == "slow")
                ? throw (Exception)Activator.CreateInstance(fault, "It took too long.")!
                : Task.CompletedTask,
        };
        await using var service = await StartAsync(store, handler);

        var ended = await RunAsync(service, "k1", Body("a1", ("1", "slow", 1), ("2", "quick", 1)));

        Assert.Equal(["1=FAILED", "2=APPLIED"], Outcomes(ended));
        Assert.True(ended.GetProperty("items")[0].GetProperty("retryable").GetBoolean());
    }

    [SkippableFact]
    public async Task Parallel_transactions_apply_each_version_once_and_never_go_back()
    {
        await using var store = open();
        await using var service = await StartAsync(store, configure: options => options.Workers = 0);
        var random = new Random(17);
        var work = Enumerable.Range(0, 40).Select(_ => Enumerable.Range(0, 10).Select(_ => ($"key-{random.Next(5)}", (long)random.Next(1, 30))).ToArray()).ToArray();

        await Parallel.ForEachAsync(work, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (versions, token) =>
        {
            await using var session = await service.Database.OpenSessionAsync(token);
            await session.BeginAsync(token);
            var outcomes = await VersionGuard.EnterAsync(session, "scope", versions, token);
            foreach (var (key, version) in versions.Where((_, i) => outcomes[i] == ItemOutcome.Applied))
                await session.RunAsync(new Statement($"INSERT INTO ledger (account, sku, version, payload) VALUES ('scope', '{key}', {version}, '')"), Rows.Affected, token);
            await session.CommitAsync(token);
        });

        var effects = await LedgerAsync(service);
        Assert.Equal(effects.Distinct().Count(), effects.Count);
        var highest = work.SelectMany(versions => versions).GroupBy(version => version.Item1).Select(group => $"scope/{group.Key}@{group.Max(version => version.Item2)}").Order();
        Assert.Equal(highest, (await service.Database.ListAsync("SELECT scope, key, version FROM clutch_version_high_water", row => $"{row.GetString(0)}/{row.GetString(1)}@{row.GetInt64(2)}")).Order());
    }

    [SkippableFact]
    public async Task The_version_guard_makes_one_effect_for_one_version_under_a_rush()
    {
        await using var store = open();
        await using var service = await StartAsync(store, configure: options => options.Workers = 0);
        var effects = 0;

        var outcomes = await Task.WhenAll(Enumerable.Range(0, 12).Select(async _ =>
        {
            await using var session = await service.Database.OpenSessionAsync(default);
            await session.BeginAsync(default);
            var outcome = await VersionGuard.ApplyAsync(session, "scope", "key", 3, _ =>
            {
                Interlocked.Increment(ref effects);
                return ValueTask.CompletedTask;
            }, default);
            await session.CommitAsync(default);
            return outcome;
        }));

        Assert.Equal(1, effects);
        Assert.Equal(11, outcomes.Count(outcome => outcome == ItemOutcome.AlreadyApplied));
    }

    [SkippableFact]
    public async Task An_apply_that_throws_leaves_the_version_free()
    {
        await using var store = open();
        await using var service = await StartAsync(store, configure: options => options.Workers = 0);
        await using (var session = await service.Database.OpenSessionAsync(default))
        {
            await session.BeginAsync(default);
            await Assert.ThrowsAsync<InvalidDataException>(() => VersionGuard.ApplyAsync(session, "scope", "key", 3, _ => throw new InvalidDataException(), default).AsTask());
            await session.RollbackAsync(default);
        }

        await using var second = await service.Database.OpenSessionAsync(default);
        await second.BeginAsync(default);

        Assert.Equal(ItemOutcome.Applied, await VersionGuard.ApplyAsync(second, "scope", "key", 3, _ => ValueTask.CompletedTask, default));
    }
}
