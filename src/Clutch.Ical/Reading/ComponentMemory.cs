using Clutch.Ical.Properties;

namespace Clutch.Ical.Reading;

/// <summary>Gives components the arrays they live in: each one its own, or, for a whole calendar that is kept, stretches of large shared ones.</summary>
/// <remarks>200,000 events then are 200,000 objects and not three times as many, and the collector need not move their bytes about.</remarks>
internal sealed class ComponentMemory
{
    // From 85,000 bytes on arrays are never moved.
    private const int LargestBytes = 128 * 1024;

    private byte[] _bytes = [];
    private int _bytesUsed;
    private CalendarProperty[] _properties = [];
    private int _propertiesUsed;

    /// <summary>A stretch of bytes whose content is not defined.</summary>
    public ArraySegment<byte> TakeBytes(int count)
    {
        if (_bytes.Length - _bytesUsed < count)
        {
            _bytes = GC.AllocateUninitializedArray<byte>(Math.Max(count, Math.Min(_bytes.Length * 2, LargestBytes)));
            _bytesUsed = 0;
        }

        _bytesUsed += count;
        return new(_bytes, _bytesUsed - count, count);
    }

    public ArraySegment<CalendarProperty> TakeProperties(int count)
    {
        if (_properties.Length - _propertiesUsed < count)
        {
            _properties = new CalendarProperty[Math.Max(count, Math.Min(_properties.Length * 2, LargestBytes / 16))];
            _propertiesUsed = 0;
        }

        _propertiesUsed += count;
        return new(_properties, _propertiesUsed - count, count);
    }
}
