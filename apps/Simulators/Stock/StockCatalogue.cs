namespace Simulators.Stock;

/// <summary>
/// The truth of the external system. Generation 1: all new. 2: 5 % changed, 1 % deleted, 1 % added. 3: 5 % changed, half of them once more a little later.
/// 4: nothing. From 5 on: 5 % changed. The first account owns 30 % of the SKUs; bad and toggled SKUs take no part in the generations.
/// </summary>
internal sealed class StockCatalogue(SimulatorOptions options)
{
    private readonly List<StockEntry> _entries = [];
    private readonly Lock _lock = new();
    private readonly HashSet<int> _bad = Spread(options.SkuCount, options.BadSkuCount, 1);
    private readonly HashSet<int> _toggled = Spread(options.SkuCount, options.ToggledSkuCount, 2);

    public int Generation { get; private set; }

    public void Apply(StockEvent happened)
    {
        lock (_lock)
        {
            switch (happened.Kind)
            {
                case StockEventKind.Generation: Begin(happened.Number, happened.At); break;
                case StockEventKind.SecondChange: Change(3, 0, 0.025, happened.At); break;
                case StockEventKind.Toggle: Replace(entry => entry.Kind is StockEntryKind.Toggled, entry => Changed(entry, happened.At)); break;
                case StockEventKind.Change: Change(1_000 + happened.Number, 0, happened.Percent / 100, happened.At); break;
                case StockEventKind.Delete: Delete(1_000 + happened.Number, 0, happened.Percent / 100, happened.At); break;
                case StockEventKind.Add: Add((int)(options.SkuCount * happened.Percent / 100), happened.At); break;
                case StockEventKind.Return: Replace(entry => entry.IsDeleted, entry => Changed(entry, happened.At) with { IsDeleted = false }); break;
            }
        }
    }

    /// <summary>Up to <paramref name="limit"/> living SKUs after a number and before another, in the order of their numbers.</summary>
    public IReadOnlyList<StockEntry> ListAfter(int after, int before, DateTimeOffset? updatedSince, int limit)
    {
        lock (_lock)
            return [.. Living(after, before, updatedSince).Take(limit)];
    }

    public int Count(int after, int before, DateTimeOffset? updatedSince)
    {
        lock (_lock)
            return Living(after, before, updatedSince).Count();
    }

    public StockEntry? Find(int number)
    {
        lock (_lock)
            return number >= 1 && number <= _entries.Count ? _entries[number - 1] : null;
    }

    public IReadOnlyList<StockEntry> Snapshot()
    {
        lock (_lock)
            return [.. _entries];
    }

    private IEnumerable<StockEntry> Living(int after, int before, DateTimeOffset? updatedSince)
    {
        for (var index = after; index < _entries.Count && index + 1 < before; index++)
        {
            var entry = _entries[index];
            if (!entry.IsDeleted && !(entry.UpdatedAt < updatedSince))
                yield return entry;
        }
    }

    private void Begin(int generation, DateTimeOffset at)
    {
        Generation = generation;
        switch (generation)
        {
            case 1: Add(options.SkuCount, at); break;
            case 2:
                Change(2, 0, 0.05, at);
                Delete(2, 0.05, 0.06, at);
                Add(Math.Max(1, options.SkuCount / 100), at);
                break;
            case 4: break;
            default: Change(generation, 0, 0.05, at); break;
        }
    }

    private void Add(int count, DateTimeOffset at)
    {
        for (var added = 0; added < count; added++)
        {
            var number = _entries.Count + 1;
            var kind = _bad.Contains(number) ? StockEntryKind.Bad : _toggled.Contains(number) ? StockEntryKind.Toggled : StockEntryKind.Plain;
            _entries.Add(new StockEntry(number, AccountOf(number), 1, at, kind, IsDeleted: false));
        }
    }

    private void Change(int salt, double from, double to, DateTimeOffset at) => Replace(entry => IsDrawn(entry, salt, from, to), entry => Changed(entry, at));

    private void Delete(int salt, double from, double to, DateTimeOffset at) => Replace(entry => IsDrawn(entry, salt, from, to), entry => entry with { IsDeleted = true, UpdatedAt = at });

    private void Replace(Predicate<StockEntry> match, Func<StockEntry, StockEntry> replace)
    {
        for (var index = 0; index < _entries.Count; index++)
        {
            if (match(_entries[index]))
                _entries[index] = replace(_entries[index]);
        }
    }

    private bool IsDrawn(StockEntry entry, int salt, double from, double to)
    {
        var drawn = Draw.Unit(options.Seed, entry.Number, salt, 17);
        return entry is { IsDeleted: false, Kind: StockEntryKind.Plain } && drawn >= from && drawn < to;
    }

    private static StockEntry Changed(StockEntry entry, DateTimeOffset at) => entry with { Revision = entry.Revision + 1, UpdatedAt = at };

    private string AccountOf(int number)
    {
        var account = options.AccountCount == 1 || Draw.Unit(options.Seed, number, 3) < 0.3 ? 1 : 2 + Draw.Below(options.AccountCount - 1, options.Seed, number, 4);
        return $"A{account:D2}";
    }

    private static HashSet<int> Spread(int size, int count, int offset) => [.. Enumerable.Range(0, Math.Min(count, size)).Select(index => (int)((long)index * size / count) + offset)];
}
