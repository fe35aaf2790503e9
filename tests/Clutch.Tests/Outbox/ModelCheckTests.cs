using System.Globalization;
using Clutch.Outbox.Channels;
using Clutch.Outbox.Faults;
using Xunit.Abstractions;

namespace Clutch.Tests.Outbox;

/// <summary>
/// All interleavings of two workers and two versions of one key, with one crash, one doubled request, one forgotten operation, one lease that runs out under a live holder, and
/// answers lost anywhere; the decisions are the protocol's own step functions.
/// </summary>
public sealed class ModelCheckTests(ITestOutputHelper output)
{
    private const int MaxStates = 3_000_000;

    [Theory]
    [InlineData(Ordering.LatestWins)]
    [InlineData(Ordering.PerKey)]
    [InlineData(Ordering.None)]
    public void Nothing_goes_wrong_and_everything_can_still_end(Ordering ordering)
    {
        var search = Search(new(), hasVersionGuard: true, ordering);

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{ordering}: {search.StateCount:N0} states, {search.EndCount:N0} of them ends."));
        Assert.Null(search.Violation);
        Assert.Equal(0, search.StuckCount);
        Assert.True(search.StateCount > 10_000, "So few states are no search.");
    }

    [Fact]
    public void Without_the_fence_an_ended_submission_is_opened_again() =>
        Assert.Equal("a submission that had ended was opened again", Search(new() { HasFence = false }, hasVersionGuard: true, Ordering.LatestWins).Violation);

    [Fact]
    public void Without_the_stored_key_the_target_works_twice() =>
        Assert.StartsWith("two operations of one submission", Search(new() { HasPersistedKey = false }, hasVersionGuard: true, Ordering.LatestWins).Violation, StringComparison.Ordinal);

    [Fact]
    public void Without_the_version_guard_the_target_goes_wrong() =>
        Assert.Contains(Search(new(), hasVersionGuard: false, Ordering.None).Violation, new[] { "an effect was applied twice", "the target went backwards" });

    [Fact]
    public void Without_care_for_lost_operations_messages_are_stuck_for_ever()
    {
        var search = Search(new() { HandlesLostStatus = false }, hasVersionGuard: true, Ordering.LatestWins);

        Assert.Null(search.Violation);
        Assert.True(search.StuckCount > 0, "Every state can still end, though nobody cares for lost operations.");
    }

    private static Result Search(Safeguards safeguards, bool hasVersionGuard, Ordering ordering)
    {
        var rules = new ModelRules(safeguards, hasVersionGuard, ordering);
        // The gate leaves so much less to interleave that there is room for an item that fails for a moment, and for a third attempt.
        var start = new ModelWorld { ItemFaults = ordering is Ordering.PerKey ? 1 : 0 };
        string KeyOf(ModelWorld world) => world.Key(safeguards.HasFence, ordering is Ordering.LatestWins);
        var numbers = new Dictionary<string, int>(StringComparer.Ordinal) { [KeyOf(start)] = 0 };
        var waiting = new Queue<ModelWorld>([start]);
        var (before, ends) = (new List<(int From, int To)>(), new List<int>());
        for (var number = 0; waiting.TryDequeue(out var world); number++)
        {
            if (world.IsOver)
                ends.Add(number);
            foreach (var next in rules.Next(world))
            {
                if (rules.Violation is { } violation)
                    return new(numbers.Count, ends.Count, 0, violation);
                var key = KeyOf(next);
                if (!numbers.TryGetValue(key, out var to))
                {
                    numbers.Add(key, to = numbers.Count);
                    waiting.Enqueue(next);
                    Assert.True(to < MaxStates, "The model has grown beyond what is searched.");
                }

                before.Add((number, to));
            }
        }

        return new(numbers.Count, ends.Count, CountStuck(numbers.Count, before, ends), null);
    }

    /// <summary>States from which no end can be reached.</summary>
    private static int CountStuck(int stateCount, List<(int From, int To)> steps, List<int> ends)
    {
        var first = new int[stateCount + 1];
        foreach (var (_, to) in steps)
            first[to + 1]++;
        for (var i = 0; i < stateCount; i++)
            first[i + 1] += first[i];
        var (sources, fill) = (new int[steps.Count], (int[])first.Clone());
        foreach (var (from, to) in steps)
            sources[fill[to]++] = from;
        var reached = new bool[stateCount];
        var stack = new Stack<int>(ends);
        foreach (var end in ends)
            reached[end] = true;
        while (stack.TryPop(out var state))
        {
            for (var i = first[state]; i < first[state + 1]; i++)
            {
                if (reached[sources[i]])
                    continue;
                reached[sources[i]] = true;
                stack.Push(sources[i]);
            }
        }

        return reached.Count(static isReached => !isReached);
    }

    private sealed record Result(int StateCount, int EndCount, int StuckCount, string? Violation);
}
