using System.Buffers.Binary;

namespace Clutch.Benchmarks.Stores;

/// <summary>Finds the messages in one direction of PostgreSQL's protocol (manual, "Message Formats"): a type, a length that counts itself, a body.</summary>
internal sealed class MessageScanner(bool hasTypelessStart, MessageSeen seen)
{
    private const int StartLength = 32;
    private readonly byte[] _head = new byte[5];
    private readonly byte[] _start = new byte[StartLength];
    private bool _isTypeless = hasTypelessStart;
    private int _headLength;
    private int _startLength;
    private int _bodyLeft;

    public void Take(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0)
            bytes = _headLength < HeadSize ? TakeHead(bytes) : TakeBody(bytes);
    }

    private int HeadSize => _isTypeless ? 4 : 5;

    private ReadOnlySpan<byte> TakeHead(ReadOnlySpan<byte> bytes)
    {
        var length = Math.Min(HeadSize - _headLength, bytes.Length);
        bytes[..length].CopyTo(_head.AsSpan(_headLength));
        _headLength += length;
        if (_headLength == HeadSize)
        {
            _bodyLeft = BinaryPrimitives.ReadInt32BigEndian(_head.AsSpan(HeadSize - 4)) - 4;
            EndIfWhole();
        }

        return bytes[length..];
    }

    private ReadOnlySpan<byte> TakeBody(ReadOnlySpan<byte> bytes)
    {
        var length = Math.Min(_bodyLeft, bytes.Length);
        var kept = Math.Min(StartLength - _startLength, length);
        bytes[..kept].CopyTo(_start.AsSpan(_startLength));
        _startLength += kept;
        _bodyLeft -= length;
        EndIfWhole();
        return bytes[length..];
    }

    private void EndIfWhole()
    {
        if (_bodyLeft > 0)
            return;
        if (!_isTypeless)
            seen(_head[0], _start.AsSpan(0, _startLength));
        _isTypeless = false;
        _headLength = 0;
        _startLength = 0;
    }
}

/// <summary>Called for each message with its type and the first bytes of its body.</summary>
internal delegate void MessageSeen(byte type, ReadOnlySpan<byte> start);
