namespace Clutch.Scheduling.Times;

/// <summary>Says when a definition fires.</summary>
internal static class SchedulePreviews
{
    public static SchedulePreview Of(ScheduleDefinition definition, int count, DateTimeOffset from)
    {
        var times = new FiringTimes(definition);
        var clock = new ClockChanges(times);
        var notes = clock.InTheYearAfter(from).ToList();
        var firings = Firings(times, clock, count, from);
        if (firings.Count < count)
            notes.Add(firings.Count == 0 ? "It never fires." : "It has no further firings.");
        if (definition.Jitter > TimeSpan.Zero)
            notes.Add($"Each firing is put off by up to {definition.Jitter:c} more.");
        return new(TriggerWords.Of(definition), firings, notes) { Rhythm = Rhythms.Of(definition.Trigger) };
    }

    /// <summary>The next firings after the given instant.</summary>
    public static List<PlannedFiring> Firings(ScheduleDefinition definition, int count, DateTimeOffset from)
    {
        var times = new FiringTimes(definition);
        return Firings(times, new(times), count, from);
    }

    private static List<PlannedFiring> Firings(FiringTimes times, ClockChanges clock, int count, DateTimeOffset from)
    {
        var firings = new List<PlannedFiring>();
        for (var next = times.After(from - times.Spread); next is not null && firings.Count < count; next = times.After(next.Value))
        {
            var at = next.Value.ToUniversalTime() + times.Spread;
            var change = clock.ChangeAt(next.Value);
            firings.Add(new(at, TimeZoneInfo.ConvertTime(at, times.Zone), ClockChanges.InWords(change)) { Change = change });
        }

        return firings;
    }
}
