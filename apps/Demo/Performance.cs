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
        var round = await BeginRoundAsync(world, cancellationToken);

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
        folder.Save(round with { IsFinished = isRight });
        if (!exits)
            await StayAsync(calendars, cancellationToken);
        return isRight ? 0 : 1;
    }

    // After a finished round the world moves on by two of a hundred, so that there is something to do.
    private async Task<DemoState> BeginRoundAsync(WorldClient world, CancellationToken cancellationToken)
    {
        if (folder.IsLeftOver && !state.IsFinished)
            Terminal.Say($"An earlier start was interrupted: this one goes on with what it left.");
        if (!state.IsFinished)
            return state;
        Terminal.Say($"The folder holds a finished demo. The world moves on: 2 % of all SKUs and calendars change, and only they go through.");
        var next = state with { Round = state.Round + 1, IsFinished = false, RoundStartedAt = TimeProvider.System.GetUtcNow() };
        folder.Save(next);
        await world.PostAsync("control/stock/change?percent=2", null, cancellationToken);
        await world.PostAsync("control/calendars/change?percent=2", null, cancellationToken);
        return next;
    }

    private void Explain(Outcome[] outcomes)
    {
        Terminal.Say($"Time, rate, faults and retries are of this start. Lost and doubled: {outcomes[0].Compared:N0} events against the provider's feeds, {outcomes[1].Compared:N0} SKUs against the books of stock, target and ledger.");
        if (outcomes.Sum(outcome => outcome.DeadLetters) is > 0 and var letters)
            Terminal.Say($"The {letters:N0} dead letters are SKUs with a negative price, which the target refuses for good: [link]{new Uri(addresses.Dashboard, "outbox")}[/]");
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
        Terminal.Say($"Ended.");
    }
}
