using System.Runtime.CompilerServices;

namespace Clutch.Ical.Properties;

/// <summary>Where one line of a <see cref="PropertyList"/> ends and what its parts are.</summary>
/// <param name="End">Where it ends, and the next begins, counted from the beginning of the first.</param>
/// <param name="ValueOffset">Where its value begins, from its first byte.</param>
/// <param name="NameLength">The length of its name.</param>
/// <param name="Id">Which property it is.</param>
internal readonly record struct LineMark(int End, int ValueOffset, byte NameLength, PropertyId Id)
{
    /// <summary>Bytes of a mark.</summary>
    public static int Size => Unsafe.SizeOf<LineMark>();
}
