using System.Text;
using Clutch.Ical.Properties;
using Clutch.Ical.Values;

namespace Clutch.Ical.Components;

/// <summary>A component: everything between BEGIN and END (RFC 5545, 3.6), known to this library or not.</summary>
/// <remarks>It is a document, not a record: properties and inner components keep their order and spelling from reading to writing. The typed
/// members of the derived classes read and write those same properties, so nothing is held twice.</remarks>
public class CalendarComponent
{
    private PropertyList _properties;
    private List<CalendarComponent>? _components;

    /// <summary>An empty component.</summary>
    /// <exception cref="ArgumentException"><paramref name="name"/> is no RFC 5545 name.</exception>
    public CalendarComponent(string name)
    {
        PropertyText.ThrowIfNoName(name);
        Name = name;
        Kind = ComponentNames.KindOf(name);
    }

    /// <summary>What a file holds: its names may be odder than we would write.</summary>
    internal CalendarComponent(string name, ComponentKind kind, PropertyList properties)
    {
        Name = name;
        Kind = kind;
        _properties = properties;
    }

    private protected CalendarComponent(ComponentKind kind) : this(ComponentNames.NameOf(kind), kind, default(PropertyList)) { }

    /// <summary>The name after BEGIN: in capitals for known components, else as written.</summary>
    public string Name { get; }

    /// <summary>What <see cref="Name"/> stands for.</summary>
    public ComponentKind Kind { get; }

    /// <summary>The properties in their order.</summary>
    public IReadOnlyList<CalendarProperty> Properties => _properties;

    /// <summary>The components inside this one, in their order.</summary>
    public IReadOnlyList<CalendarComponent> Components => _components ?? (IReadOnlyList<CalendarComponent>)[];

    /// <summary>The line of its BEGIN in the file it was read from, counted from 1, or 0 if it was not read.</summary>
    public int LineNumber { get; internal init; }

    /// <summary>The same as <see cref="Properties"/>, without an object to walk over them.</summary>
    internal ref readonly PropertyList PropertyList => ref _properties;

    /// <summary>How many properties of the parent stood before this component; the writer puts it back there. All of them, unless it was read there.</summary>
    internal int PropertiesBefore { get; set; } = int.MaxValue;

    /// <summary>The first property of that name, or null.</summary>
    public CalendarProperty? FindProperty(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        foreach (var property in _properties)
            if (property.IsNamed(name)) return property;
        return null;
    }

    /// <summary>All properties of that name, in their order.</summary>
    public IReadOnlyList<CalendarProperty> ListProperties(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        List<CalendarProperty> found = [];
        foreach (var property in _properties)
            if (property.IsNamed(name)) found.Add(property);
        return found;
    }

    /// <summary>Puts a property at the end.</summary>
    public void Add(CalendarProperty property) => _properties.Add(property);

    /// <summary>Puts a component at the end, behind all properties, wherever it was read.</summary>
    public void Add(CalendarComponent component)
    {
        ArgumentNullException.ThrowIfNull(component);
        component.PropertiesBefore = int.MaxValue;
        AddAsRead(component);
    }

    /// <summary>Puts a property in the place of the first of its name and drops the others of that name; at the end if there is none.</summary>
    public void Set(CalendarProperty property) => _properties.Set(property);

    /// <summary>Drops all properties of that name.</summary>
    /// <returns>How many there were.</returns>
    public int RemoveProperties(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return _properties.Remove(name);
    }

    /// <summary>Drops a component.</summary>
    /// <returns>False if it was not there.</returns>
    public bool Remove(CalendarComponent component) => _components?.Remove(component) ?? false;

    /// <summary>The component as RFC 5545 text, for people and logs. To write a file, use <see cref="Writing.CalendarWriter"/>.</summary>
    public override string ToString() => Encoding.UTF8.GetString(Writing.CalendarWriter.ToBytes(this));

    /// <summary>Puts a component at the end, between the properties where the file has it.</summary>
    internal void AddAsRead(CalendarComponent component) => (_components ??= []).Add(component);

    /// <summary>The component is read to its end: what stands behind its last property stays behind those added later (RFC 5545, 3.4 and 3.6.1).</summary>
    internal void EndAsRead()
    {
        foreach (var component in Components)
            if (component.PropertiesBefore == _properties.Count) component.PropertiesBefore = int.MaxValue;
    }

    internal bool TryFind(PropertyId id, out CalendarProperty property) => _properties.TryFind(id, out property);

    internal string? TextOf(PropertyId id) => TryFind(id, out var property) ? property.Text : null;

    internal void SetText(PropertyId id, string? text) => SetOrRemove(id, text is null ? null : CalendarProperty.OfText(PropertyNames.NameOf(id), text));

    /// <summary>A value that is written as it is: a keyword, a URI, a rule.</summary>
    internal string? RawOf(PropertyId id) => TryFind(id, out var property) && !property.ValueUtf8.IsEmpty ? property.RawValue : null;

    internal void SetRaw(PropertyId id, string? value) => SetOrRemove(id, value is null ? null : CalendarProperty.OfRaw(PropertyNames.NameOf(id), value));

    /// <summary>A keyword in capitals, for keywords compare without case.</summary>
    internal string? KeywordOf(PropertyId id) => RawOf(id)?.Trim().ToUpperInvariant();

    internal CalendarTime? TimeOf(PropertyId id, string? likelyZone = null) =>
        TryFind(id, out var property) && property.TryGetTime(out var time, likelyZone) ? time : null;

    internal void SetTime(PropertyId id, CalendarTime? time) =>
        SetOrRemove(id, time is { } value ? CalendarProperty.OfTime(PropertyNames.NameOf(id), value) : null);

    internal CalendarDuration? DurationOf(PropertyId id) => TryFind(id, out var property) && property.TryGetDuration(out var duration) ? duration : null;

    internal void SetDuration(PropertyId id, CalendarDuration? duration) =>
        SetOrRemove(id, duration is { } value ? CalendarProperty.OfDuration(PropertyNames.NameOf(id), value) : null);

    internal int? IntegerOf(PropertyId id) => TryFind(id, out var property) && property.TryGetInteger(out var number) ? number : null;

    internal void SetInteger(PropertyId id, int? number) =>
        SetOrRemove(id, number is { } value ? CalendarProperty.OfInteger(PropertyNames.NameOf(id), value) : null);

    internal IReadOnlyList<string> TextListOf(PropertyId id)
    {
        List<string> texts = [];
        foreach (var property in _properties)
            if (property.Id == id) texts.AddRange(property.TextList);
        return texts;
    }

    internal void SetTextList(PropertyId id, IReadOnlyList<string> texts) =>
        SetOrRemove(id, texts.Count == 0 ? null : CalendarProperty.OfTextList(PropertyNames.NameOf(id), texts));

    internal void SetOrRemove(PropertyId id, CalendarProperty? property)
    {
        if (property is { } value) Set(value);
        else RemoveProperties(PropertyNames.NameOf(id));
    }

    internal void SortComponents(Comparison<CalendarComponent> order)
    {
        if (_components is null) return;
        // List.Sort is not stable; equal components must keep their order or the bytes would not be the same twice.
        var sorted = _components.Select((component, at) => (component, at)).ToList();
        sorted.Sort((left, right) => order(left.component, right.component) is var result && result != 0 ? result : left.at.CompareTo(right.at));
        _components = [.. sorted.Select(pair => pair.component)];
    }

    internal void RemoveAll(IReadOnlySet<CalendarComponent> components) => _components?.RemoveAll(components.Contains);
}
