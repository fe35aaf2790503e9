namespace Simulators.Stock;

/// <summary>Something that happened to the catalogue. The catalogue is the seed and these, in order.</summary>
/// <param name="Kind">What.</param>
/// <param name="Number">The generation, or what salts the choice of SKUs.</param>
/// <param name="Percent">How many of them.</param>
/// <param name="At">When it happened.</param>
/// <param name="SecondChangeAt">When a <see cref="StockEventKind.SecondChange"/> is to follow, or null where none is.</param>
internal sealed record StockEvent(StockEventKind Kind, int Number, double Percent, DateTimeOffset At, DateTimeOffset? SecondChangeAt = null);

internal enum StockEventKind
{
    /// <summary>The generation with this number begins: docs of <see cref="StockCatalogue"/>.</summary>
    Generation,

    /// <summary>Half of what generation 3 changed changes once more.</summary>
    SecondChange,

    /// <summary>The toggled SKUs change to their other content.</summary>
    Toggle,

    /// <summary>So many per cent of the SKUs change; the number salts the choice.</summary>
    Change,

    /// <summary>So many per cent of the SKUs vanish.</summary>
    Delete,

    /// <summary>So many per cent of the first size are added.</summary>
    Add,

    /// <summary>The vanished SKUs come back, with new content.</summary>
    Return,
}
