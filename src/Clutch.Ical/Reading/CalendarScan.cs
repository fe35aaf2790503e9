namespace Clutch.Ical.Reading;

/// <summary>One pass over one feed whose bytes come in pieces of any size: each whole component is handed on, none is kept.</summary>
/// <remarks>How the bytes are cut into pieces makes no difference. Memory is bounded by <see cref="ReadLimits"/>, however long the feed.
/// No bytes make it throw: what is wrong stands in the result.</remarks>
public sealed class CalendarScan
{
    private readonly ReadLimits _limits;
    private readonly FaultLog _faults;
    private readonly CalendarCollector _calendars;
    private readonly ComponentAssembler _components;
    private readonly LineAssembler _lines;
    private readonly InputDecoder _input;
    private long _byteCount;
    private bool _isComplete;

    /// <summary>A pass that has not begun.</summary>
    /// <param name="handler">Sees each component that can be used, in the order of the feed. Whether the feed is good as a whole is known only afterwards.</param>
    /// <param name="options">How to read, or null for the defaults.</param>
    /// <param name="skipped">Sees each event that was left out because it cannot be used, or null. Its UID may still tell which event it was meant to be.</param>
    public CalendarScan(ScanHandler handler, ReadOptions? options = null, ScanHandler? skipped = null)
    {
        ArgumentNullException.ThrowIfNull(handler);
        options ??= ReadOptions.Default;
        options.Limits.ThrowIfInvalid();
        _limits = options.Limits;
        _faults = new FaultLog(_limits.Faults);
        _calendars = new CalendarCollector(options, _faults);
        _components = new ComponentAssembler(options, _faults, _calendars, handler, skipped);
        _lines = new LineAssembler(_components, _limits.KeptLineBytes);
        _input = new InputDecoder(options.Charset, _lines);
    }

    /// <summary>Whether the feed is already refused, so that there is no use in fetching the rest.</summary>
    public bool IsRejected => _faults.IsRejected;

    /// <summary>Takes the next bytes.</summary>
    /// <exception cref="InvalidOperationException">The pass is over.</exception>
    public void Feed(ReadOnlySpan<byte> bytes)
    {
        if (_isComplete) throw new InvalidOperationException("This scan is complete. Start a new one for the next feed.");
        _byteCount += bytes.Length;
        if (_byteCount > _limits.BodyBytes && !IsRejected) _faults.Add(FaultKind.TooLarge, _lines.LineNumber, $"The feed is larger than {_limits.BodyBytes} bytes.");
        if (!IsRejected) _input.Feed(bytes);
    }

    /// <summary>Ends the pass: there are no more bytes.</summary>
    public ReadResult Complete()
    {
        if (!_isComplete && !IsRejected)
        {
            _input.Complete();
            _components.Complete(_lines.LineNumber);
        }

        _isComplete = true;
        return new ReadResult(_faults, _calendars, _byteCount);
    }
}
