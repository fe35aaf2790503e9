namespace Clutch.Ical.Properties;

/// <summary>A parameter of a property (RFC 5545, 3.2): <c>CN="Kim, Min"</c>. Values are decoded: without quotes and RFC 6868 escapes.</summary>
public sealed record PropertyParameter
{
    /// <summary>A parameter with one value.</summary>
    /// <exception cref="ArgumentException"><paramref name="name"/> is no RFC 5545 name.</exception>
    public PropertyParameter(string name, string value) : this(name, [value]) { }

    /// <summary>A parameter with a list of values, as MEMBER has.</summary>
    /// <exception cref="ArgumentException"><paramref name="name"/> is no RFC 5545 name, or there is no value.</exception>
    public PropertyParameter(string name, IReadOnlyList<string> values)
    {
        PropertyText.ThrowIfNoName(name);
        ArgumentNullException.ThrowIfNull(values);
        if (values.Count == 0) throw new ArgumentException($"Parameter '{name}' has no value. Give at least one.", nameof(values));

        Name = name;
        Values = values;
    }

    /// <summary>What a file holds: its names may be odder than we would write.</summary>
    private PropertyParameter(IReadOnlyList<string> values, string name) => (Name, Values) = (name, values);

    /// <summary>The name as written; it compares without case.</summary>
    public string Name { get; }

    /// <summary>The values, at least one.</summary>
    public IReadOnlyList<string> Values { get; }

    /// <summary>The first value, which is the only one of most parameters.</summary>
    public string Value => Values[0];

    internal static PropertyParameter AsRead(string name, IReadOnlyList<string> values) => new(values, name);

    /// <summary>The same name, without case, and the same values.</summary>
    public bool Equals(PropertyParameter? other) =>
        other is not null && string.Equals(Name, other.Name, StringComparison.OrdinalIgnoreCase) && Values.SequenceEqual(other.Values, StringComparer.Ordinal);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(StringComparer.OrdinalIgnoreCase.GetHashCode(Name), Values.Count, StringComparer.Ordinal.GetHashCode(Value));
}
