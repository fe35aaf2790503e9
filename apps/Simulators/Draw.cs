using System.Text;

namespace Simulators;

/// <summary>Numbers that look random and depend on nothing but the seed and what they are drawn for: the same order of faults gives the same faults.</summary>
internal static class Draw
{
    /// <summary>A number from 0 (inclusive) to 1 (exclusive).</summary>
    public static double Unit(long seed, params ReadOnlySpan<long> facts) => (Bits(seed, facts) >> 11) * (1.0 / (1UL << 53));

    /// <summary>A whole number from 0 (inclusive) to <paramref name="bound"/> (exclusive).</summary>
    public static int Below(int bound, long seed, params ReadOnlySpan<long> facts) => (int)(Bits(seed, facts) % (ulong)bound);

    /// <summary>The same number for the same text, in every process.</summary>
    public static long Of(string text)
    {
        var hash = 14695981039346656037UL;
        foreach (var value in Encoding.UTF8.GetBytes(text))
            hash = (hash ^ value) * 1099511628211UL;
        return (long)hash;
    }

    private static ulong Bits(long seed, ReadOnlySpan<long> facts)
    {
        var bits = Mix((ulong)seed);
        foreach (var fact in facts)
            bits = Mix(bits ^ (ulong)fact);
        return bits;
    }

    // SplitMix64 (Steele, Lea, Flood 2014).
    private static ulong Mix(ulong value)
    {
        value += 0x9E3779B97F4A7C15UL;
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9UL;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EBUL;
        return value ^ (value >> 31);
    }
}
