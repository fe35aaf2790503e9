using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Clutch.Ical.Reading;

/// <summary>MurmurHash3, the variant with 128 bits for 64-bit machines: A. Appleby, MurmurHash3.cpp, placed in the public domain.</summary>
internal static class MurmurHash
{
    private const ulong FirstFactor = 0x87C37B91114253D5;
    private const ulong SecondFactor = 0x4CF5AD432745937F;

    public static UInt128 Compute(ReadOnlySpan<byte> data, uint seed)
    {
        ulong first = seed, second = seed;
        var blocks = MemoryMarshal.Cast<byte, ulong>(data);
        var at = 0;
        for (; at + 1 < blocks.Length; at += 2)
        {
            first ^= MixFirst(LittleEndian(blocks[at]));
            first = ((BitOperations.RotateLeft(first, 27) + second) * 5) + 0x52DCE729;
            second ^= MixSecond(LittleEndian(blocks[at + 1]));
            second = ((BitOperations.RotateLeft(second, 31) + first) * 5) + 0x38495AB5;
        }

        MixTail(data[(at * sizeof(ulong))..], ref first, ref second);
        return Finish(first, second, (ulong)data.Length);
    }

    private static void MixTail(ReadOnlySpan<byte> tail, ref ulong first, ref ulong second)
    {
        Span<byte> block = stackalloc byte[16];
        block.Clear();
        tail.CopyTo(block);
        if (tail.Length > 8) second ^= MixSecond(BinaryPrimitives.ReadUInt64LittleEndian(block[8..]));
        if (tail.Length > 0) first ^= MixFirst(BinaryPrimitives.ReadUInt64LittleEndian(block));
    }

    private static UInt128 Finish(ulong first, ulong second, ulong length)
    {
        first ^= length;
        second ^= length;
        first += second;
        second += first;
        first = Avalanche(first);
        second = Avalanche(second);
        first += second;
        second += first;
        return new UInt128(first, second);
    }

    // The hash is defined on little-endian words, and must be the same on every machine.
    private static ulong LittleEndian(ulong word) => BitConverter.IsLittleEndian ? word : BinaryPrimitives.ReverseEndianness(word);

    private static ulong MixFirst(ulong block) => BitOperations.RotateLeft(block * FirstFactor, 31) * SecondFactor;

    private static ulong MixSecond(ulong block) => BitOperations.RotateLeft(block * SecondFactor, 33) * FirstFactor;

    private static ulong Avalanche(ulong hash)
    {
        hash = (hash ^ (hash >> 33)) * 0xFF51AFD7ED558CCD;
        hash = (hash ^ (hash >> 33)) * 0xC4CEB9FE1A85EC53;
        return hash ^ (hash >> 33);
    }
}
