using System.Buffers.Binary;

namespace Clutch.PostgreSql.Bulk;

/// <summary>The binary form of numeric: digit count, weight, sign, scale, then digits to base 10,000 (numeric_send in PostgreSQL's numeric.c).</summary>
internal static class NumericFormat
{
    private const int Base = 10_000;
    private const int MaxDigits = 16;
    private const short Negative = 0x4000;

    /// <summary>How many bytes the value takes, and its digits.</summary>
    public static int SizeOf(decimal value, out Digits digits)
    {
        digits = Split(value);
        return 8 + (2 * digits.Count);
    }

    public static void Write(Span<byte> room, decimal value, Digits digits)
    {
        BinaryPrimitives.WriteInt16BigEndian(room, (short)digits.Count);
        BinaryPrimitives.WriteInt16BigEndian(room[2..], (short)digits.Weight);
        BinaryPrimitives.WriteInt16BigEndian(room[4..], decimal.IsNegative(value) && digits.Count > 0 ? Negative : (short)0);
        BinaryPrimitives.WriteInt16BigEndian(room[6..], value.Scale);
        for (var i = 0; i < digits.Count; i++)
            BinaryPrimitives.WriteInt16BigEndian(room[(8 + (2 * i))..], digits.Values[i]);
    }

    // Prices and amounts fit 64 bits with room for the alignment, and 128-bit division costs ten times as much.
    private static Digits Split(decimal value)
    {
        Span<int> bits = stackalloc int[4];
        decimal.GetBits(value, bits);
        var magnitude = new UInt128(unchecked((uint)bits[2]), ((ulong)unchecked((uint)bits[1]) << 32) | unchecked((uint)bits[0]));
        var missing = (4 - (value.Scale % 4)) % 4;
        var aligned = magnitude * Power(missing);
        var fraction = (value.Scale + missing) / 4;
        return aligned <= ulong.MaxValue ? Split((ulong)aligned, fraction) : Split(aligned, fraction);
    }

    private static Digits Split(ulong magnitude, int fraction)
    {
        var digits = new Digits();
        for (; magnitude != 0; magnitude /= Base)
            digits.Push((short)(magnitude % Base));
        digits.Finish(fraction);
        return digits;
    }

    private static Digits Split(UInt128 magnitude, int fraction)
    {
        var digits = new Digits();
        for (; magnitude != 0; magnitude /= Base)
            digits.Push((short)(magnitude % Base));
        digits.Finish(fraction);
        return digits;
    }

    private static uint Power(int exponent) => exponent switch { 0 => 1, 1 => 10, 2 => 100, _ => 1_000 };

    /// <summary>Digits to base 10,000, the most significant first.</summary>
    public struct Digits
    {
        private Buffer _values;
        private int _first;
        private int _pushed;

        /// <summary>The power of 10,000 of the first digit.</summary>
        public int Weight { get; private set; }

        public int Count { get; private set; }

        [System.Diagnostics.CodeAnalysis.UnscopedRef]
        public readonly ReadOnlySpan<short> Values => ((ReadOnlySpan<short>)_values).Slice(_first, Count);

        public void Push(short digit)
        {
            _pushed++;
            _values[MaxDigits - _pushed] = digit;
        }

        /// <summary>Leaves out zeros at the end, which the server does not want.</summary>
        public void Finish(int fraction)
        {
            _first = MaxDigits - _pushed;
            Weight = _pushed - fraction - 1;
            Count = _pushed;
            while (Count > 0 && _values[_first + Count - 1] == 0)
                Count--;
            if (Count == 0)
                Weight = 0;
        }

        [System.Runtime.CompilerServices.InlineArray(MaxDigits)]
        private struct Buffer
        {
            private short _element;
        }
    }
}
