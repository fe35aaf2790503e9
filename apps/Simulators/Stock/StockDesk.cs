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
        if (_eventCount == 0)
            Let(StockEventKind.Generation, 1);
    }

    /// <summary>Lets something happen. A number of 0 takes the number of the event, so that each change chooses other SKUs.</summary>
    public StockEvent Let(StockEventKind kind, int number = 0, double percent = 0)
    {
        lock (_lock)
        {
            _eventCount++;
            var happened = new StockEvent(kind, number == 0 ? _eventCount : number, percent, _clock.GetUtcNow());
            _file.Append(happened);
            _catalogue.Apply(happened);
            return happened;
        }
    }

    public void Dispose() => _file.Dispose();
}
