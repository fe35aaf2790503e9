namespace Simulators.Stock;

/// <summary>Moves the catalogue on, and writes down what happened so that the same catalogue stands after a kill.</summary>
internal sealed class StockDesk : IDisposable
{
    private readonly EventFile<StockEvent> _file;
    private readonly StockCatalogue _catalogue;
    private readonly TimeProvider _clock;
    private readonly Lock _lock = new();
    private int _eventCount;

    public StockDesk(SimulatorOptions options, StockCatalogue catalogue, TimeProvider clock)
    {
        _catalogue = catalogue;
        _clock = clock;
        _file = new(Path.Combine(options.DataFolder, "stock.jsonl"), StockJson.Default.StockEvent);
        foreach (var happened in _file.Known)
            catalogue.Apply(happened);
        _eventCount = _file.Known.Count;
        SecondChangeAt = _file.Known.Any(happened => happened.Kind is StockEventKind.SecondChange) ? null : _file.Known.FirstOrDefault(happened => happened.SecondChangeAt is not null)?.SecondChangeAt;
        if (_eventCount == 0)
            Let(StockEventKind.Generation, 1);
    }

    /// <summary>When the second change is due that an earlier process announced and did not live to make, or null.</summary>
    public DateTimeOffset? SecondChangeAt { get; }

    /// <summary>Lets something happen. A number of 0 takes the number of the event, so that each change chooses other SKUs.</summary>
    public StockEvent Let(StockEventKind kind, int number = 0, double percent = 0, TimeSpan? secondChangeAfter = null)
    {
        lock (_lock)
        {
            _eventCount++;
            var now = _clock.GetUtcNow();
            var happened = new StockEvent(kind, number == 0 ? _eventCount : number, percent, now, now + secondChangeAfter);
            _file.Append(happened);
            _catalogue.Apply(happened);
            return happened;
        }
    }

    public void Dispose() => _file.Dispose();
}
