using System.Text;
using Clutch.Ical.Components;

namespace Clutch.Ical.Reading;

/// <summary>A component whose BEGIN was read and whose END was not.</summary>
internal readonly record struct OpenComponent(ComponentKind Kind, string Name, int LineNumber)
{
    public bool IsNamed(ReadOnlySpan<byte> name) => Ascii.EqualsIgnoreCase(name, Name);
}
