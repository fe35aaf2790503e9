using System.Diagnostics;
using System.Globalization;
using System.Text;
using Clutch.Ical.Values;
using Clutch.Ical.Zones;

namespace Clutch.Ical.Properties;

/// <summary>One property of a component (RFC 5545, 3.5): a name, parameters and a value, kept as the bytes they were read as.</summary>
/// <remarks>Nothing is decoded before it is asked for, and decoded anew each time: keep in a variable what you use twice.
/// What is read is written again unchanged, known to this library or not.</remarks>
[DebuggerDisplay("{ToString(),nq}")]
public readonly struct CalendarProperty : IEquatable<CalendarProperty>
{
    private readonly byte[]? _bytes;
    private readonly int _start;
    private readonly int _length;
    private readonly int _valueOffset;
    private readonly byte _nameLength;
    private readonly PropertyId _id;

    internal CalendarProperty(byte[] bytes, int start, int length, int nameLength, int valueOffset, PropertyId id)
    {
        _bytes = bytes;
        _start = start;
        _length = length;
        _valueOffset = valueOffset;
        _nameLength = (byte)nameLength;
        _id = id;
    }

    private CalendarProperty(string name, string rawValue, params ReadOnlySpan<PropertyParameter> parameters)
    {
        _bytes = Encoding.UTF8.GetBytes(PropertyText.Line(name, rawValue, parameters, out _valueOffset));
        _length = _bytes.Length;
        _nameLength = (byte)name.Length;
        _id = PropertyNames.Find(name);
    }

    /// <summary>The name; a known one in capitals, any other as written. Names compare without case.</summary>
    public string Name => _id != PropertyId.Other ? PropertyNames.NameOf(_id) : Encoding.UTF8.GetString(NameUtf8);

    /// <summary>The value as it stands in the file, escapes and all.</summary>
    public string RawValue => Encoding.UTF8.GetString(ValueUtf8);

    /// <summary>The bytes of <see cref="RawValue"/>.</summary>
    public ReadOnlySpan<byte> ValueUtf8 => Line[_valueOffset..];

    /// <summary>The value read as TEXT (RFC 5545, 3.3.11), or null when it is empty.</summary>
    public string? Text => TextValue.Decode(ValueUtf8);

    /// <summary>The value read as a list of TEXT, as CATEGORIES has it.</summary>
    public IReadOnlyList<string> TextList => TextValue.DecodeList(ValueUtf8);

    /// <summary>The parameters, decoded, in their order.</summary>
    public IReadOnlyList<PropertyParameter> Parameters => ListParameters();

    internal PropertyId Id => _id;

    internal ReadOnlySpan<byte> Line => _bytes.AsSpan(_start, _length);

    internal ReadOnlySpan<byte> NameUtf8 => _bytes.AsSpan(_start, _nameLength);

    private ReadOnlySpan<byte> ParametersUtf8 => _length == 0 ? [] : _bytes.AsSpan(_start + _nameLength, _valueOffset - 1 - _nameLength);

    /// <summary>A property with a value that is written as it is: an integer, a keyword, a list, a structure.</summary>
    /// <exception cref="ArgumentException">The name is no RFC 5545 name, or the value holds a line end or another control character.</exception>
    public static CalendarProperty OfRaw(string name, string rawValue, params ReadOnlySpan<PropertyParameter> parameters) => new(name, rawValue, parameters);

    /// <summary>A property with a TEXT value: escaped, line ends kept as <c>\n</c>, other control characters dropped.</summary>
    /// <exception cref="ArgumentException">The name is no RFC 5545 name.</exception>
    public static CalendarProperty OfText(string name, string text, params ReadOnlySpan<PropertyParameter> parameters)
    {
        ArgumentNullException.ThrowIfNull(text);
        return new(name, TextValue.Encode(text), parameters);
    }

    /// <summary>A property with a list of TEXT values.</summary>
    /// <exception cref="ArgumentException">The name is no RFC 5545 name.</exception>
    public static CalendarProperty OfTextList(string name, IEnumerable<string> texts, params ReadOnlySpan<PropertyParameter> parameters)
    {
        ArgumentNullException.ThrowIfNull(texts);
        return new(name, string.Join(',', texts.Select(TextValue.Encode)), parameters);
    }

    /// <summary>A property with a date or date-time value, with the VALUE and TZID parameters it needs.</summary>
    /// <exception cref="ArgumentException">The name is no RFC 5545 name.</exception>
    public static CalendarProperty OfTime(string name, CalendarTime time, params ReadOnlySpan<PropertyParameter> parameters) =>
        new(name, time.ToValueText(), [.. TimeParameters(time), .. parameters]);

    /// <summary>A property with a list of date or date-time values of one kind and zone, as EXDATE has it.</summary>
    /// <exception cref="ArgumentException">The name is no RFC 5545 name, there is no time, or the times differ in kind or zone.</exception>
    public static CalendarProperty OfTimes(string name, IReadOnlyList<CalendarTime> times)
    {
        ArgumentNullException.ThrowIfNull(times);
        if (times.Count == 0 || times.Any(time => time.Kind != times[0].Kind || !string.Equals(time.TimeZoneId, times[0].TimeZoneId, StringComparison.Ordinal)))
            throw new ArgumentException($"'{name}' needs one or more times of one kind and zone. Write the others as a property of their own.", nameof(times));
        return new(name, string.Join(',', times.Select(time => time.ToValueText())), TimeParameters(times[0]));
    }

    /// <summary>A property with a DURATION value.</summary>
    /// <exception cref="ArgumentException">The name is no RFC 5545 name.</exception>
    public static CalendarProperty OfDuration(string name, CalendarDuration duration, params ReadOnlySpan<PropertyParameter> parameters) =>
        new(name, duration.ToString(), parameters);

    /// <summary>A property with an INTEGER value.</summary>
    /// <exception cref="ArgumentException">The name is no RFC 5545 name.</exception>
    public static CalendarProperty OfInteger(string name, int number) => new(name, number.ToString(CultureInfo.InvariantCulture));

    /// <summary>The first value of a parameter, decoded, or null if there is none of that name.</summary>
    public string? FindParameter(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        Span<byte> bytes = stackalloc byte[64];
        return Ascii.FromUtf16(name, bytes, out var length) == System.Buffers.OperationStatus.Done && TryFindParameter(bytes[..length], out var value)
            ? ParameterText.Decode(value)
            : null;
    }

    /// <summary>Reads the value as a date or date-time, with its TZID; false if it is none.</summary>
    public bool TryGetTime(out CalendarTime time) => TryGetTime(out time, null);

    /// <summary>Reads the value as a duration; false if it is none.</summary>
    public bool TryGetDuration(out CalendarDuration duration) => CalendarDuration.TryParse(ValueUtf8, out duration);

    /// <summary>Reads the value as an integer; false if it is none.</summary>
    public bool TryGetInteger(out int number) =>
        int.TryParse(ValueUtf8.Trim(" \t"u8), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number);

    /// <summary>The same property with one more parameter at the end.</summary>
    public CalendarProperty With(PropertyParameter parameter)
    {
        ArgumentNullException.ThrowIfNull(parameter);
        var added = new StringBuilder();
        PropertyText.Append(added, parameter);
        byte[] before = [.. Line[..Math.Max(_valueOffset - 1, 0)], .. Encoding.UTF8.GetBytes(added.ToString())];
        return new([.. before, (byte)':', .. ValueUtf8], 0, before.Length + 1 + ValueUtf8.Length, _nameLength, before.Length + 1, _id);
    }

    /// <summary>Whether this is a property of that name, whatever its case.</summary>
    public bool IsNamed(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return Ascii.EqualsIgnoreCase(NameUtf8, name);
    }

    /// <summary>The same bytes, names without case.</summary>
    public bool Equals(CalendarProperty other) =>
        Ascii.EqualsIgnoreCase(NameUtf8, other.NameUtf8) && ParametersUtf8.SequenceEqual(other.ParametersUtf8) && ValueUtf8.SequenceEqual(other.ValueUtf8);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is CalendarProperty other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = default(HashCode);
        hash.AddBytes(ValueUtf8);
        return hash.ToHashCode();
    }

    /// <summary>The unfolded content line.</summary>
    public override string ToString() => Encoding.UTF8.GetString(Line);

    /// <summary>Whether the bytes are the same, names without case.</summary>
    public static bool operator ==(CalendarProperty left, CalendarProperty right) => left.Equals(right);

    /// <summary>Whether the bytes differ, names without case.</summary>
    public static bool operator !=(CalendarProperty left, CalendarProperty right) => !left.Equals(right);

    private static PropertyParameter[] TimeParameters(CalendarTime time) => time.Kind switch
    {
        CalendarTimeKind.Date => [new PropertyParameter("VALUE", "DATE")],
        CalendarTimeKind.Zoned => [new PropertyParameter("TZID", time.TimeZoneId!)],
        _ => [],
    };

    /// <summary>The same, faster where the TZID is the likely one.</summary>
    internal bool TryGetTime(out CalendarTime time, string? likelyZone)
    {
        time = default;
        if (!TimeText.TryRead(ValueUtf8, out var seconds, out var form)) return false;

        time = CalendarTime.Of(seconds, form, form == TimeForm.Local ? FindTimeZoneId(likelyZone) : null);
        return true;
    }

    internal string? FindTimeZoneId(string? likely = null)
    {
        if (!TryFindParameter("TZID"u8, out var value)) return null;
        return likely is not null && Ascii.Equals(value, likely) ? likely : ZoneNames.Intern(value);
    }

    internal bool TryFindParameter(ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        value = default;
        var scan = new ParameterScan(ParametersUtf8);
        while (scan.MoveNext())
        {
            if (!Ascii.EqualsIgnoreCase(scan.Name, name)) continue;
            value = ParameterScan.FirstValue(scan.Values, out _);
            return true;
        }

        return false;
    }

    internal bool HasParameter(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value) =>
        TryFindParameter(name, out var found) && Ascii.EqualsIgnoreCase(found.Trim((byte)'"'), value);

    private List<PropertyParameter> ListParameters()
    {
        List<PropertyParameter> parameters = [];
        var scan = new ParameterScan(ParametersUtf8);
        while (scan.MoveNext()) parameters.Add(PropertyParameter.AsRead(Encoding.UTF8.GetString(scan.Name), ListValues(scan.Values)));
        return parameters;
    }

    private static List<string> ListValues(ReadOnlySpan<byte> values)
    {
        List<string> list = [];
        do list.Add(ParameterText.Decode(ParameterScan.FirstValue(values, out values)));
        while (!values.IsEmpty);
        return list;
    }
}
