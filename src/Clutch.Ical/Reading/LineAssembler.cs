namespace Clutch.Ical.Reading;

/// <summary>Makes unfolded lines of bytes that come in pieces of any size (RFC 5545, 3.1).</summary>
/// <remarks>A line that lies whole and unfolded in one piece is handed on where it lies; any other is put together in a buffer that never grows
/// beyond the limit. Unfolding comes before decoding, for a fold may split a character. Blank lines are passed over even within a folded line:
/// programs that write CR CR LF produce them.</remarks>
internal sealed class LineAssembler(ComponentAssembler target, int keptLength)
{
    private const byte CarriageReturn = (byte)'\r';
    private const byte LineFeed = (byte)'\n';
    private const byte Space = (byte)' ';
    private const byte Tab = (byte)'\t';

    private byte[] _pending = new byte[1024];
    private int _pendingLength;
    private long _pendingTotal;
    private int _pendingLine;
    private bool _hasPending;
    private bool _isAfterBreak;
    private bool _wasCarriageReturn;
    private int _lineNumber = 1;

    public void Feed(ReadOnlySpan<byte> piece)
    {
        var at = _hasPending ? Resume(piece, 0) : 0;
        while (at < piece.Length)
        {
            var rest = piece[at..];
            var length = rest.IndexOfAny(CarriageReturn, LineFeed);
            var next = length < 0 ? rest.Length : length + (IsCrLf(rest, length) ? 2 : 1);
            if (next < rest.Length && !CanFollowInSameLine(rest[next]))
            {
                Emit(rest[..length], _lineNumber++);
                at += next;
            }
            else
            {
                Begin();
                at = Resume(piece, at);
            }
        }
    }

    /// <summary>The line that is being read, counted from 1.</summary>
    public int LineNumber => _lineNumber;

    /// <summary>Hands on what is left: the last line may lack its end.</summary>
    public void Complete()
    {
        if (_hasPending) FlushPending();
    }

    private static bool IsCrLf(ReadOnlySpan<byte> text, int at) => text[at] == CarriageReturn && at + 1 < text.Length && text[at + 1] == LineFeed;

    private static bool CanFollowInSameLine(byte first) => first is Space or Tab or CarriageReturn or LineFeed;

    private void Begin()
    {
        _hasPending = true;
        _isAfterBreak = false;
        _wasCarriageReturn = false;
        _pendingLength = 0;
        _pendingTotal = 0;
        _pendingLine = _lineNumber;
    }

    /// <summary>Goes on with the pending line until it is whole or the piece is used up; returns where it stopped.</summary>
    private int Resume(ReadOnlySpan<byte> piece, int at)
    {
        while (at < piece.Length && _hasPending)
            at = _isAfterBreak ? LookAfterBreak(piece, at) : AppendToBreak(piece, at);
        return at;
    }

    private int AppendToBreak(ReadOnlySpan<byte> piece, int at)
    {
        var rest = piece[at..];
        var length = rest.IndexOfAny(CarriageReturn, LineFeed);
        if (length < 0)
        {
            Append(rest);
            return piece.Length;
        }

        Append(rest[..length]);
        _isAfterBreak = true;
        _wasCarriageReturn = rest[length] == CarriageReturn;
        _lineNumber++;
        return at + length + 1;
    }

    private int LookAfterBreak(ReadOnlySpan<byte> piece, int at)
    {
        var next = piece[at];
        if (next is CarriageReturn or LineFeed)
        {
            if (next == CarriageReturn || !_wasCarriageReturn) _lineNumber++;
            _wasCarriageReturn = next == CarriageReturn;
            return at + 1;
        }

        if (next is Space or Tab)
        {
            _isAfterBreak = false;
            return at + 1;
        }

        FlushPending();
        return at;
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        _pendingTotal += bytes.Length;
        var kept = Math.Min(bytes.Length, keptLength - _pendingLength);
        if (kept <= 0) return;

        if (_pendingLength + kept > _pending.Length) Array.Resize(ref _pending, (int)Math.Min(keptLength, Math.Max(_pending.Length * 2L, _pendingLength + kept)));
        bytes[..kept].CopyTo(_pending.AsSpan(_pendingLength));
        _pendingLength += kept;
    }

    private void FlushPending()
    {
        _hasPending = false;
        if (_pendingLength > 0) target.OnLine(_pending.AsSpan(0, _pendingLength), _pendingLine, _pendingTotal);
    }

    private void Emit(ReadOnlySpan<byte> line, int lineNumber)
    {
        if (!line.IsEmpty) target.OnLine(line[..Math.Min(line.Length, keptLength)], lineNumber, line.Length);
    }
}
