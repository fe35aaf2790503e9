using Demo.Calendars;
using Demo.Folder;
using Demo.Hosting;
using Demo.Showing;
using Demo.Skus;
using Demo.World;

namespace Demo;

/// <summary>The demo from the first line to the last.</summary>
internal sealed class Performance(DataFolder folder, DemoState state, DemoHosts hosts, Addresses addresses)
{
    public async Task<int> RunAsync(bool exits, CancellationToken cancellationToken)
    {
        using var world = new WorldClient(addresses.Simulators);
        var faults = new FaultDesk(world);
        var (calendars, skus) = (new CalendarAct(hosts, addresses, world, faults), new SkuAct(hosts, world, faults));
        var round = await BeginRoundAsync(world, calendars, cancellationToken);

        await faults.EndAsync(cancellationToken);
        await calendars.SubscribeAsync(round, cancellationToken);
        await faults.BeginAsync(cancellationToken);
        Terminal.Say($"From now on the outside world misbehaves on purpose: {FaultDesk.InWords}.");
        var calendarOutcome = await calendars.SynchroniseAsync(round, cancellationToken);
        var skuOutcome = await skus.SynchroniseAsync(round, cancellationToken);
        await faults.EndAsync(cancellationToken);

        Terminal.Say($"Comparing with the simulators' own books ...");
        Outcome[] outcomes = [await calendars.JudgeAsync(calendarOutcome, round, cancellationToken), await skus.JudgeAsync(skuOutcome, cancellationToken)];
        Terminal.Show(OutcomeTable.Of(outcomes));
        Explain(outcomes);
        var isRight = outcomes.All(outcome => outcome.IsRight);
        folder.Save(round.End(isRight));
        if (!exits)
            await StayAsync(calendars, cancellationToken);
        return isRight ? 0 : 1;
    }

    // After a finished round the world moves on by two of a hundred, so that there is something to do.
    private async Task<DemoState> BeginRoundAsync(WorldClient world, CalendarAct calendars, CancellationToken cancellationToken)
    {
        if (state.IsFinished)
            await MoveWorldAsync(world, calendars, cancellationToken);
        else if (state.HasDiffered)
            Terminal.Say($"The books of the last start differed. The world stays as it is, and everything is looked at anew.");
        else
            return GoOn();
        // After the change: a feed that was read before does not count as read in this round.
        var next = state.BeginNext(TimeProvider.System.GetUtcNow());
        folder.Save(next);
        return next;
    }

    private DemoState GoOn()
    {
        if (folder.IsLeftOver)
            Terminal.Say($"An earlier start was interrupted: this one goes on with what it left.");
        return state;
    }

    private static async Task MoveWorldAsync(WorldClient world, CalendarAct calendars, CancellationToken cancellationToken)
    {
        Terminal.Say($"The folder holds a finished demo. The world moves on: 2 % of all SKUs and calendars change, and only they go through.");
        await calendars.RestAsync(cancellationToken);
        await world.PostAsync("control/stock/change?percent=2", null, cancellationToken);
        await world.PostAsync("control/calendars/change?percent=2", null, cancellationToken);
    }

    private void Explain(Outcome[] outcomes)
    {
        Terminal.Say($"Time, rate, faults and retries are of this start. Lost and doubled: {outcomes[0].Compared:N0} events against the provider's feeds, {outcomes[1].Compared:N0} SKUs against the books of stock, target and ledger.");
        foreach (var outcome in outcomes.Where(outcome => !outcome.IsRight))
            Terminal.Say($"{outcome.Name}: {(outcome.Compared > 0 ? "the books differ from what is synchronised" : "the books are empty, so nothing was compared")}. Look into demo.log; the next start looks at everything anew.");
        ExplainDeadLetters(outcomes[1]);
    }

    private void ExplainDeadLetters(Outcome skus)
    {
        var page = new Uri(addresses.Dashboard, "outbox");
        if (skus.RightlyRefused > 0)
            Terminal.Say($"{skus.RightlyRefused:N0} dead letters are SKUs with a negative price, which the target refuses for good: [link]{page}[/]");
        if (skus.DeadLetters > skus.RightlyRefused)
            Terminal.Say($"{skus.DeadLetters - skus.RightlyRefused:N0} dead letters have another cause; the target's words stand there: [link]{page}[/]");
    }

    private async Task StayAsync(CalendarAct calendars, CancellationToken cancellationToken)
    {
        await hosts.PauseSchedulesAsync(rest: false, cancellationToken);
        Terminal.Say($"");
        Terminal.Say($"The schedules run on. Look at them: [link]{addresses.Dashboard}[/]");
        if (calendars.Visitor is { } visitor)
            Terminal.Say($"Calendars: [link]{addresses.MainServer}[/], sign in as '{visitor.Name}' with {visitor.Token}");
        Terminal.Say($"Ctrl-C ends the demo; started again it goes on.");
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
