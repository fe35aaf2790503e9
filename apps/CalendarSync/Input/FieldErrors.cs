namespace CalendarSync.Input;

/// <summary>What is wrong with an input, field by field: the API answers it as problem details, a page shows it at the field.</summary>
public sealed class FieldErrors
{
    private readonly Dictionary<string, string[]> _byField = [];

    /// <summary>Whether nothing is wrong.</summary>
    public bool IsEmpty => _byField.Count == 0;

    /// <summary>The sentences of a field, or null.</summary>
    public string? Find(string field) => _byField.TryGetValue(field, out var errors) ? string.Join(' ', errors) : null;

    /// <summary>Adds a sentence.</summary>
    public FieldErrors Add(string field, string error)
    {
        _byField[field] = [.. _byField.GetValueOrDefault(field, []), error];
        return this;
    }

    /// <summary>All of it, as problem details want it.</summary>
    public IDictionary<string, string[]> ToDictionary() => _byField;
}
