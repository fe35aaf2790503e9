namespace Clutch.Ical.Properties;

/// <summary>Walks the parameters of a content line without decoding them: <c>;NAME=value,"value"</c> again and again.</summary>
internal ref struct ParameterScan(ReadOnlySpan<byte> parameters)
{
    private ReadOnlySpan<byte> _rest = parameters;

    public ReadOnlySpan<byte> Name { get; private set; }

    /// <summary>The value list as written, with its quotes.</summary>
    public ReadOnlySpan<byte> Values { get; private set; }

    public bool MoveNext()
    {
        if (_rest.IsEmpty) return false;

        var end = EndOf(_rest[1..], (byte)';') + 1;
        var parameter = _rest[1..end];
        _rest = _rest[end..];
        var equals = parameter.IndexOf((byte)'=');
        Name = equals < 0 ? parameter : parameter[..equals];
        Values = equals < 0 ? [] : parameter[(equals + 1)..];
        return true;
    }

    /// <summary>The first value of a list, and what follows it.</summary>
    public static ReadOnlySpan<byte> FirstValue(ReadOnlySpan<byte> values, out ReadOnlySpan<byte> rest)
    {
        var end = EndOf(values, (byte)',');
        rest = end < values.Length ? values[(end + 1)..] : [];
        return values[..end];
    }

    private static int EndOf(ReadOnlySpan<byte> text, byte separator)
    {
        for (var at = 0; at < text.Length; at++)
        {
            if (text[at] == separator) return at;
            if (text[at] != (byte)'"') continue;

            var closing = text[(at + 1)..].IndexOf((byte)'"');
            if (closing < 0) return text.Length;
            at += closing + 1;
        }

        return text.Length;
    }
}
