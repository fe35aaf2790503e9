using Clutch.Ical.Properties;

namespace Clutch.Ical.Reading;

/// <summary>Where one line of the component being read lies in its buffer.</summary>
/// <param name="Offset">Its first byte in the buffer.</param>
/// <param name="Length">Its length.</param>
/// <param name="ValueOffset">Where its value begins, from its first byte.</param>
/// <param name="LineNumber">Where it stood in the feed.</param>
/// <param name="NameLength">The length of its name.</param>
/// <param name="Id">Which property it is; BEGIN and END of inner components are lines too.</param>
/// <param name="IsNoise">Whether it lies in the buffer of lines that do not count for the hash.</param>
internal readonly record struct LineSlot(int Offset, int Length, int ValueOffset, int LineNumber, byte NameLength, PropertyId Id, bool IsNoise);
