using CalendarSync.Events;
using Clutch.Ical.Occurrences;
using Clutch.Ical.Zones;
using NodaTime;

namespace Apps.Tests.CalendarSync.Main;

/// <summary>What an answer may cost.</summary>
public sealed class OccurrenceSearchTests
{
    [Fact]
    public void A_search_whose_asker_has_gone_looks_at_no_further_series()
    {
        using var asker = new CancellationTokenSource();
        var search = new OccurrenceSearch(new(new(2026, 3, 1), new(2026, 4, 1), DateTimeZone.Utc), asker.Token);
        var (series, zones) = (new EventSeries("a", []), new ZoneResolver(DateTimeZone.Utc));
        Assert.Empty(search.Expand(series, zones));

        asker.Cancel();

        Assert.Throws<OperationCanceledException>(() => search.Expand(series, zones));
    }
}
