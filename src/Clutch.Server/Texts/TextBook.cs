using System.Collections.Frozen;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Clutch.Server.Texts;

/// <summary>The dashboard's texts in one language. A language is a file <c>Texts/xx.json</c> beside this one.</summary>
internal sealed partial class TextBook
{
    private const string Folder = "Texts.";

    private readonly FrozenDictionary<string, string> _texts;

    private TextBook(string language, Dictionary<string, string> texts) => (Language, _texts) = (language, texts.ToFrozenDictionary(StringComparer.Ordinal));

    /// <summary>All languages by their code.</summary>
    public static IReadOnlyDictionary<string, TextBook> All { get; } = ReadAll();

    public static TextBook English => All["en"];

    /// <summary>Its code, such as <c>en</c>.</summary>
    public string Language { get; }

    public IEnumerable<string> Keys => _texts.Keys;

    /// <summary>The text of that key.</summary>
    public string this[string key] => _texts.TryGetValue(key, out var text) ? text : throw new KeyNotFoundException($"The language '{Language}' has no text '{key}': add it to Texts/{Language}.json.");

    /// <summary>The text of that key, with values in the places <c>{0}</c>, <c>{1}</c> ...</summary>
    public string With(string key, params ReadOnlySpan<object?> values) => string.Format(CultureInfo.InvariantCulture, this[key], values);

    /// <summary>The text of a value of an enumeration: key <c>prefix.value</c>.</summary>
    public string Of<T>(string prefix, T value)
        where T : struct, Enum => this[$"{prefix}.{value}"];

    /// <summary>The language that a browser asks for in <c>Accept-Language</c> (RFC 9110, 12.5.4) and there is, else English.</summary>
    public static TextBook Choose(string? chosen, IEnumerable<string> accepted)
    {
        if (chosen is not null && All.TryGetValue(chosen, out var book))
            return book;
        foreach (var tag in accepted)
        {
            if (All.TryGetValue(tag.Split('-')[0].ToLowerInvariant(), out var found))
                return found;
        }

        return English;
    }

    private static Dictionary<string, TextBook> ReadAll()
    {
        var assembly = typeof(TextBook).Assembly;
        var books = new Dictionary<string, TextBook>(StringComparer.Ordinal);
        foreach (var resource in assembly.GetManifestResourceNames().Where(name => name.StartsWith(Folder, StringComparison.Ordinal)))
        {
            var language = resource[Folder.Length..^".json".Length];
            using var stream = assembly.GetManifestResourceStream(resource)!;
            books.Add(language, new(language, JsonSerializer.Deserialize(stream, TextsJson.Default.DictionaryStringString)!));
        }

        return books;
    }

    [JsonSerializable(typeof(Dictionary<string, string>))]
    [JsonSourceGenerationOptions(ReadCommentHandling = JsonCommentHandling.Skip)]
    private sealed partial class TextsJson : JsonSerializerContext;
}
