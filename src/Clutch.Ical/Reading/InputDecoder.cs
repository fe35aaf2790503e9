using System.Text;

namespace Clutch.Ical.Reading;

/// <summary>Turns the bytes of a feed into UTF-8: drops a byte order mark, transcodes UTF-16 and declared charsets.</summary>
/// <remarks>UTF-8 passes through untouched and uncopied; whether it is valid is found out later, component by component.</remarks>
internal sealed class InputDecoder(Encoding? charset, LineAssembler target)
{
    private const int LongestMark = 3;

    private readonly byte[] _head = new byte[LongestMark];
    private int _headLength;
    private bool _isStarted;
    private Decoder? _decoder;

    public void Feed(ReadOnlySpan<byte> piece)
    {
        if (!_isStarted)
        {
            var taken = Math.Min(piece.Length, LongestMark - _headLength);
            piece[..taken].CopyTo(_head.AsSpan(_headLength));
            _headLength += taken;
            piece = piece[taken..];
            if (_headLength < LongestMark) return;
            Start();
        }

        Pass(piece, isLast: false);
    }

    public void Complete()
    {
        if (!_isStarted) Start();
        Pass([], isLast: true);
        target.Complete();
    }

    private void Start()
    {
        _isStarted = true;
        var head = _head.AsSpan(0, _headLength);
        var (encoding, markLength) = EncodingOf(head);
        if (encoding is not null && encoding.CodePage != Encoding.UTF8.CodePage && encoding.CodePage != Encoding.ASCII.CodePage) _decoder = encoding.GetDecoder();
        Pass(head[markLength..], isLast: false);
    }

    private (Encoding? Encoding, int MarkLength) EncodingOf(ReadOnlySpan<byte> head)
    {
        if (head.StartsWith((ReadOnlySpan<byte>)[0xEF, 0xBB, 0xBF])) return (null, 3);
        if (head.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE])) return (Encoding.Unicode, 2);
        if (head.StartsWith((ReadOnlySpan<byte>)[0xFE, 0xFF])) return (Encoding.BigEndianUnicode, 2);
        return (charset, 0);
    }

    private void Pass(ReadOnlySpan<byte> piece, bool isLast)
    {
        if (_decoder is null) target.Feed(piece);
        else Transcode(_decoder, piece, isLast);
    }

    private void Transcode(Decoder decoder, ReadOnlySpan<byte> piece, bool isLast)
    {
        Span<char> characters = stackalloc char[1024];
        Span<byte> utf8 = stackalloc byte[characters.Length * 3];
        bool isComplete;
        do
        {
            decoder.Convert(piece, characters, isLast, out var read, out var written, out isComplete);
            piece = piece[read..];
            target.Feed(utf8[..Encoding.UTF8.GetBytes(characters[..written], utf8)]);
        }
        while (!isComplete);
    }
}
