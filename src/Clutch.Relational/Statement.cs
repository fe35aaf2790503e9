namespace Clutch.Relational;

/// <summary>One command to a database: its whole text, of one statement or several, and its parameters by name.</summary>
/// <remarks>
/// A value is null, a string, bool, int, long, double, decimal, Guid, byte array, date or time, a <see cref="DateTimeOffset"/> (an instant), a <see cref="TimeSpan"/>
/// (a duration), a <see cref="TimeProvider"/> (the instant at which the statement runs), or an array of long or string; each store binds it in its own form.
/// </remarks>
public sealed class Statement(string text)
{
    private readonly List<KeyValuePair<string, object?>> _parameters = [];

    /// <summary>The SQL.</summary>
    public string Text { get; } = text;

    /// <summary>Whether the driver's command time-out ends it (30 s, unless the connection string says another); true by default. Cancellation ends it either way.</summary>
    /// <remarks>False is for what may rightly take long, as counting a large table or making an index of it.</remarks>
    public bool HasTimeout { get; init; } = true;

    /// <summary>The parameters, without their <c>@</c>. A statement need not use them all.</summary>
    public IReadOnlyList<KeyValuePair<string, object?>> Parameters => _parameters;

    /// <summary>Adds a parameter and answers the same statement.</summary>
    public Statement With(string name, object? value)
    {
        _parameters.Add(new(name, value));
        return this;
    }
}
