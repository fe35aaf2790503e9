namespace Apps.Tests.CalendarSync.Batch;

/// <summary>The system's clock, set forward or back by hand: waiting lasts as long as ever, hours between two checks pass at once.</summary>
internal sealed class ShiftedClock : TimeProvider
{
    private TimeSpan _shift;

    public void Advance(TimeSpan time) => _shift += time;

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + _shift;
}
