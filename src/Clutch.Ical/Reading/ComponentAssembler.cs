using System.Text;
using Clutch.Ical.Components;
using Clutch.Ical.Properties;

namespace Clutch.Ical.Reading;

/// <summary>Makes components of unfolded lines and hands each whole one that stands directly below a VCALENDAR to the handler.</summary>
internal sealed class ComponentAssembler
{
    // Some servers put a banner or a stray line before the calendar; a page of another kind shows itself within these lines.
    private const int LinesBeforeCalendar = 10;

    private readonly ReadLimits _limits;
    private readonly FaultLog _faults;
    private readonly CalendarCollector _calendars;
    private readonly ScanHandler _handler;
    private readonly ScanHandler? _skipped;
    private readonly ComponentBuffer _buffer = new();
    private readonly Stack<OpenComponent> _open = new();
    private int _strayLineCount;
    private int _componentCount;
    private bool _isTooLarge;
    private bool _mayBeCutBegin;

    public ComponentAssembler(ReadOptions options, FaultLog faults, CalendarCollector calendars, ScanHandler handler, ScanHandler? skipped)
    {
        _limits = options.Limits;
        _faults = faults;
        _calendars = calendars;
        _handler = handler;
        _skipped = skipped;
    }

    private static ReadOnlySpan<byte> Beginning => "BEGIN:VCALENDAR"u8;

    private bool IsOutside => _open.Count == 0;

    private bool IsInCalendarItself => _open.Count == 1;

    public void OnLine(ReadOnlySpan<byte> line, int lineNumber, long totalLength)
    {
        if (_faults.IsRejected) return;
        if (IsOutside) line = line.Trim(" \t"u8);
        if (line.IsEmpty) return;

        _mayBeCutBegin = IsOutside && line.Length < Beginning.Length && Ascii.EqualsIgnoreCase(line, Beginning[..line.Length]);
        if (!ContentLine.TryRead(line, out var content, out var reason)) RefuseLine(lineNumber, reason);
        else if (content.Id == PropertyId.Begin) Begin(content, lineNumber);
        else if (IsOutside) RefuseLine(lineNumber, "The line stands outside of any calendar.");
        else if (content.Id == PropertyId.End) End(content, lineNumber);
        else if (totalLength > _limits.LineBytes) RefuseLine(lineNumber, $"The line is longer than {_limits.LineBytes} bytes.");
        else AddProperty(content, lineNumber, isCut: totalLength > line.Length);
    }

    /// <summary>Says what is missing when the feed ends here.</summary>
    public void Complete(int lastLine)
    {
        if (_faults.IsRejected) return;
        if (!IsOutside || _mayBeCutBegin) _faults.Add(FaultKind.Truncated, lastLine, "The feed ends without END:VCALENDAR, so its last part is missing.");
        else if (_calendars.Count == 0 && _strayLineCount == 0) _faults.Add(FaultKind.Empty, 1, "The feed is empty.");
        else if (_calendars.Count == 0) RejectAsNoCalendar();
    }

    private void RefuseLine(int lineNumber, string reason)
    {
        if (!IsOutside)
        {
            _faults.Add(FaultKind.BadLine, lineNumber, reason);
            return;
        }

        _faults.Add(FaultKind.OutsideCalendar, lineNumber, "The line stands outside of any calendar.");
        if (++_strayLineCount >= LinesBeforeCalendar && _calendars.Count == 0) RejectAsNoCalendar();
    }

    private void RejectAsNoCalendar() => _faults.Add(FaultKind.NotCalendar, 1, "There is no BEGIN:VCALENDAR among the first lines, so this is no calendar.");

    private void Begin(in ContentLine line, int lineNumber)
    {
        var name = ComponentNames.Clean(line.Value);
        var kind = ComponentNames.KindOf(name);
        if (IsOutside && kind != ComponentKind.Calendar)
        {
            RefuseLine(lineNumber, "A component stands outside of any calendar.");
            return;
        }

        CloseWhatCannotHold(kind, lineNumber);
        if (_faults.IsRejected || !MayOpen(lineNumber)) return;

        if (IsOutside) _calendars.Begin(lineNumber);
        else if (IsInCalendarItself) StartComponent();
        else _buffer.Add(line, lineNumber);
        _open.Push(new(kind, kind == ComponentKind.Other ? Encoding.UTF8.GetString(name) : ComponentNames.NameOf(kind), lineNumber));
    }

    private bool MayOpen(int lineNumber)
    {
        if (++_componentCount > _limits.Components)
            _faults.Add(FaultKind.TooManyComponents, lineNumber, $"The feed has more than {_limits.Components} components.");
        else if (_open.Count >= _limits.Nesting)
            _faults.Add(FaultKind.TooDeep, lineNumber, $"Components are nested deeper than {_limits.Nesting}.");
        else return true;
        return false;
    }

    /// <summary>An event that was never closed must not swallow the ones after it, nor a cut calendar the next calendar.</summary>
    private void CloseWhatCannotHold(ComponentKind kind, int lineNumber)
    {
        if (kind == ComponentKind.Calendar && !IsOutside)
            _faults.Add(FaultKind.Truncated, lineNumber, "A calendar begins inside another: the END:VCALENDAR of the first is missing.");
        else if (ComponentNames.IsTopLevel(kind) && _open.Count > 1 && ComponentNames.IsTopLevel(BelowCalendar().Kind))
        {
            _faults.Add(FaultKind.Nesting, lineNumber, $"The {BelowCalendar().Name} of line {BelowCalendar().LineNumber} is not closed before the next component begins.");
            while (_open.Count > 1) Close(lineNumber);
        }
    }

    private OpenComponent BelowCalendar()
    {
        var below = _open.Peek();
        var left = _open.Count - 1;
        foreach (var component in _open)
            if (--left == 0) below = component;
        return below;
    }

    private void End(in ContentLine line, int lineNumber)
    {
        var name = ComponentNames.Clean(line.Value);
        if (_open.Peek().IsNamed(name))
        {
            Close(lineNumber);
            return;
        }

        if (!IsOpen(name))
        {
            _faults.Add(FaultKind.Nesting, lineNumber, "An END has no BEGIN and was ignored.");
            return;
        }

        _faults.Add(FaultKind.Nesting, lineNumber, $"The {_open.Peek().Name} of line {_open.Peek().LineNumber} is not closed before the component around it ends.");
        while (!_open.Peek().IsNamed(name)) Close(lineNumber);
        Close(lineNumber);
    }

    private bool IsOpen(ReadOnlySpan<byte> name)
    {
        foreach (var component in _open)
            if (component.IsNamed(name)) return true;
        return false;
    }

    private void Close(int lineNumber)
    {
        var closed = _open.Pop();
        if (IsOutside) _calendars.End();
        else if (IsInCalendarItself) FinishComponent(closed);
        else AddInnerEnd(closed, lineNumber);
    }

    private void AddInnerEnd(OpenComponent closed, int lineNumber)
    {
        var text = closed.Kind == ComponentKind.Alarm ? "END:VALARM"u8 : [.. "END:"u8, .. Encoding.UTF8.GetBytes(closed.Name)];
        if (ContentLine.TryRead(text, out var line, out _)) _buffer.Add(line, lineNumber);
    }

    private void StartComponent()
    {
        _buffer.Clear();
        _isTooLarge = false;
    }

    private void FinishComponent(OpenComponent component)
    {
        _buffer.Sanitize(_faults);
        var scanned = new ScannedComponent(component, _buffer, _calendars);
        if (scanned.Kind == ComponentKind.TimeZone) _calendars.AddZone(scanned);
        if (scanned.FindSkipReason() is { } reason) LeaveOut(scanned, reason);
        else HandOn(scanned);
    }

    private void LeaveOut(in ScannedComponent component, string reason)
    {
        _faults.Add(FaultKind.ComponentSkipped, component.LineNumber, reason);
        _skipped?.Invoke(component);
    }

    private void HandOn(in ScannedComponent component)
    {
        if (component.Kind == ComponentKind.Event && component.UidUtf8.IsEmpty)
            _faults.Add(FaultKind.NoUid, component.LineNumber, "The event has no UID; it is known by its content instead.");
        _handler(component);
    }

    private void AddProperty(in ContentLine line, int lineNumber, bool isCut)
    {
        // A line cut at the limit may end in half a character: one byte less makes the text limit look for the border.
        var most = Math.Min(TextLimits.Of(line.Id, _limits), Math.Max(0, line.Value.Length - (isCut ? 1 : 0)));
        if (isCut && !TextLimits.MayBeCut(line.Id))
        {
            _faults.Add(FaultKind.PropertyTooLong, lineNumber, $"The property is longer than {_limits.KeptLineBytes} bytes and was left out.");
            return;
        }

        if (IsInCalendarItself) _calendars.Add(line, lineNumber);
        else if (most < line.Value.Length) AddCut(line, lineNumber, most);
        else if (HasRoom(line, lineNumber)) _buffer.Add(line, lineNumber);
    }

    private void AddCut(in ContentLine line, int lineNumber, int most)
    {
        _faults.Add(FaultKind.ValueCut, lineNumber, $"The text is longer than its limit and was cut after {most} bytes.");
        var kept = line.ValueOffset + TextLimits.CutAt(line.Value, most);
        if (ContentLine.TryRead(line.Line[..kept], out var cut, out _) && HasRoom(cut, lineNumber)) _buffer.Add(cut, lineNumber);
    }

    private bool HasRoom(in ContentLine line, int lineNumber)
    {
        if (_buffer.Slots.Length < _limits.ComponentProperties && _buffer.Bytes + (long)line.Line.Length <= _limits.ComponentBytes) return true;
        if (!_isTooLarge) _faults.Add(FaultKind.ComponentTooLarge, lineNumber, $"The {_open.Peek().Name} of line {_open.Peek().LineNumber} is larger than the limits; the rest of it was left out.");
        _isTooLarge = true;
        return false;
    }
}
