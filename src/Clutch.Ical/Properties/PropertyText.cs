using System.Buffers;
using System.Text;
using Clutch.Ical.Values;

namespace Clutch.Ical.Properties;

/// <summary>Puts a content line together from its parts, so that nothing in a part can reach beyond it.</summary>
internal static class PropertyText
{
    private static readonly SearchValues<char> NameCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-");

    public static void ThrowIfNoName(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (name.Length is 0 or > 255 || name.AsSpan().IndexOfAnyExcept(NameCharacters) >= 0)
            throw new ArgumentException($"'{name}' is no iCalendar name. Use letters, digits and '-' only (RFC 5545, 3.1).", nameof(name));
    }

    public static void ThrowIfNoValue(string name, string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        foreach (var character in value)
            if (character is < ' ' and not '\t')
                throw new ArgumentException($"The value of '{name}' holds the control character U+{(int)character:X4}. Take it out, or write the value as text.", nameof(value));
    }

    public static string Line(string name, string rawValue, ReadOnlySpan<PropertyParameter> parameters, out int valueOffset)
    {
        ThrowIfNoName(name);
        ThrowIfNoValue(name, rawValue);
        var line = new StringBuilder(name);
        foreach (var parameter in parameters) Append(line, parameter);
        line.Append(':');
        valueOffset = Encoding.UTF8.GetByteCount(line.ToString());
        return line.Append(rawValue).ToString();
    }

    public static void Append(StringBuilder line, PropertyParameter parameter)
    {
        line.Append(';').Append(parameter.Name).Append('=');
        line.AppendJoin(',', parameter.Values.Select(ParameterText.Encode));
    }
}
