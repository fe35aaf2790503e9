using System.Buffers.Binary;

namespace Clutch.Ical.Reading;

/// <summary>128 bits that stand for a content: equal contents have equal hashes, on every machine and in every version of this library.</summary>
/// <remarks>MurmurHash3 (x64, 128 bits) by A. Appleby: made to tell contents apart, not to withstand someone who forges them.</remarks>
/// <param name="Value">The hash as a number.</param>
public readonly record struct ContentHash(UInt128 Value)
{
    /// <summary>32 hexadecimal digits.</summary>
    public override string ToString()
    {
        // As a number of 128 bits it would be formatted by divisions.
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, Value);
        return Convert.ToHexStringLower(bytes);
    }

    /// <summary>The hash of some bytes.</summary>
    public static ContentHash Of(ReadOnlySpan<byte> content) => new(MurmurHash.Compute(content, seed: 0));
}
