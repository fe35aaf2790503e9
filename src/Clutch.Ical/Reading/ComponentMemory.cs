namespace Clutch.Ical.Reading;

/// <summary>Gives the components of a calendar that is kept whole stretches of large shared arrays to live in.</summary>
/// <remarks>200,000 events then are 200,000 objects and not twice as many, and the collector need not move their bytes about. Who keeps one
/// event of the calendar keeps one such array.</remarks>
internal sealed class ComponentMemory
{
    // From 85,000 bytes on arrays are never moved.
    private const int LargestBytes = 128 * 1024;

    // The marks of a list are read as numbers of this size: they should not straddle two of the machine's words.
    private const int Alignment = sizeof(int);

    private byte[] _bytes = [];
    private int _used;

    /// <summary>A stretch of bytes whose content is not defined.</summary>
    public ArraySegment<byte> Take(int count)
    {
        if (_bytes.Length - _used < count)
        {
            _bytes = GC.AllocateUninitializedArray<byte>(Math.Max(count, Math.Min(_bytes.Length * 2, LargestBytes)));
            _used = 0;
        }

        var first = _used;
        _used = Math.Min(_bytes.Length, (first + count + Alignment - 1) / Alignment * Alignment);
        return new(_bytes, first, count);
    }
}
