using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Clutch.Executions;

/// <summary>One parameter of a launch.</summary>
/// <param name="Value">Its value, written in the invariant culture.</param>
/// <param name="IsIdentifying">Whether it tells one job instance from another.</param>
public sealed record JobParameter(string Value, bool IsIdentifying);

/// <summary>The parameters of one job execution, by name.</summary>
public sealed class JobParameters
{
    private const string IsoDate = "yyyy-MM-dd";

    private readonly SortedDictionary<string, JobParameter> _byName;

    /// <summary>Parameters with these names and values.</summary>
    public JobParameters(IEnumerable<KeyValuePair<string, JobParameter>> parameters)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        _byName = new(StringComparer.Ordinal);
        foreach (var (name, parameter) in parameters)
            _byName.Add(name, parameter);
    }

    /// <summary>No parameters at all.</summary>
    public static JobParameters Empty { get; } = new([]);

    /// <summary>All parameters, sorted by name.</summary>
    public IReadOnlyDictionary<string, JobParameter> All => _byName;

    /// <summary>The SHA-256 of the identifying parameters: equal for equal names and values, whatever their order.</summary>
    public string IdentityKey
    {
        get
        {
            var text = new StringBuilder();
            foreach (var (name, parameter) in _byName.Where(entry => entry.Value.IsIdentifying))
                // Lengths keep 'a=b' + 'c' and 'a' + 'b=c' apart.
                text.Append(CultureInfo.InvariantCulture, $"{name.Length}:{name}={parameter.Value.Length}:{parameter.Value};");
            return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
        }
    }

    /// <summary>The parameter's value.</summary>
    /// <exception cref="KeyNotFoundException">There is no parameter of that name.</exception>
    /// <exception cref="FormatException">Its value is not a <typeparamref name="T"/>.</exception>
    public T Get<T>(string name)
        where T : IParsable<T> => _byName.TryGetValue(name, out var parameter)
        ? Parse<T>(parameter.Value)
        : throw new KeyNotFoundException($"There is no parameter '{name}'. Declare it with Parameter<{typeof(T).Name}>(\"{name}\") on the job; given are: {Names()}.");

    /// <summary>The parameter's value, or <paramref name="absent"/> where it was not given.</summary>
    /// <exception cref="FormatException">Its value is not a <typeparamref name="T"/>.</exception>
    public T Get<T>(string name, T absent)
        where T : IParsable<T> => _byName.ContainsKey(name) ? Get<T>(name) : absent;

    /// <summary>A value as it is stored and compared: invariant culture, round-trip formats, instants in UTC, decimals without zeros at their end.</summary>
    public static string Format<T>(T value) => value switch
    {
        DateTimeOffset instant => instant.ToUniversalTime().ToString("O", CultureInfo.InvariantCulture),
        // Its digits tell no value from another: 1.0 and 1.00 are one.
        decimal number => number.ToString("0.############################", CultureInfo.InvariantCulture),
        DateOnly or DateTime or TimeOnly => ((IFormattable)value).ToString("O", CultureInfo.InvariantCulture),
        IFormattable other => other.ToString(format: null, CultureInfo.InvariantCulture),
        _ => value?.ToString() ?? string.Empty,
    };

    /// <summary>The value of a text, the same on every machine: an instant without an offset is UTC, a date and time without one stays without. Dates begin with the year, numbers have no thousands separators.</summary>
    internal static bool TryParse<T>(string text, [MaybeNullWhen(false)] out T value)
        where T : IParsable<T>
    {
        if (typeof(T) == typeof(DateTimeOffset))
        {
            var instant = default(DateTimeOffset);
            var isInstant = BeginsWithDate(text) && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out instant);
            value = (T)(object)instant;
            return isInstant;
        }

        if (typeof(T) == typeof(DateTime))
        {
            var time = default(DateTime);
            var isTime = BeginsWithDate(text) && DateTime.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out time);
            value = (T)(object)(time.Kind is DateTimeKind.Local ? time.ToUniversalTime() : time);
            return isTime;
        }

        value = default;
        return !IsAmbiguous(text, typeof(T)) && T.TryParse(text, CultureInfo.InvariantCulture, out value);
    }

    // The invariant culture takes 01/02/2026 for a day in January and 1,5 for fifteen.
    private static bool IsAmbiguous(string text, Type type)
    {
        if (type == typeof(DateOnly))
            return text.Trim().Length != IsoDate.Length || !BeginsWithDate(text);
        return (type == typeof(decimal) || type == typeof(double) || type == typeof(float)) && text.Contains(',', StringComparison.Ordinal);
    }

    private static bool BeginsWithDate(string text)
    {
        var trimmed = text.AsSpan().Trim();
        return trimmed.Length >= IsoDate.Length && DateOnly.TryParseExact(trimmed[..IsoDate.Length], IsoDate, CultureInfo.InvariantCulture, DateTimeStyles.None, out _);
    }

    /// <exception cref="FormatException">The text is not a <typeparamref name="T"/>.</exception>
    internal static T Parse<T>(string text)
        where T : IParsable<T> => TryParse<T>(text, out var value) ? value : throw new FormatException($"'{text}' is not a {typeof(T).Name}.");

    /// <summary>The parameters as JSON, the form in which repositories store them.</summary>
    public string ToJson()
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer);
        json.WriteStartObject();
        foreach (var (name, parameter) in _byName)
        {
            json.WriteStartObject(name);
            json.WriteString("value", parameter.Value);
            json.WriteBoolean("identifying", parameter.IsIdentifying);
            json.WriteEndObject();
        }

        json.WriteEndObject();
        json.Flush();
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <summary>The parameters that <see cref="ToJson"/> wrote.</summary>
    /// <exception cref="JsonException">The text is something else.</exception>
    public static JobParameters FromJson(string json)
    {
        using var document = JsonDocument.Parse(json);
        return new(document.RootElement.EnumerateObject().Select(entry => KeyValuePair.Create(
            entry.Name,
            new JobParameter(entry.Value.GetProperty("value").GetString()!, entry.Value.GetProperty("identifying").GetBoolean()))).ToList());
    }

    /// <summary>The parameters as one readable line: <c>date=2026-11-22, file=products.csv</c>.</summary>
    public override string ToString() => string.Join(", ", _byName.Select(entry => $"{entry.Key}={entry.Value.Value}"));

    private string Names() => _byName.Count == 0 ? "none" : string.Join(", ", _byName.Keys.Select(name => $"'{name}'"));
}
