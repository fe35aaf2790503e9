namespace Clutch.Files.Reading;

/// <summary>The names of a file's columns, and where each is.</summary>
internal sealed class Header
{
    private const int Ambiguous = -2;
    private readonly Dictionary<string, int> _exact = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _loose = new(StringComparer.OrdinalIgnoreCase);
    private readonly string _fileName;

    public Header(string fileName, IReadOnlyList<string> names)
    {
        _fileName = fileName;
        Names = names;
        for (var index = 0; index < names.Count; index++)
        {
            Add(_exact, names[index], index);
            Add(_loose, Loosen(names[index]), index);
        }
    }

    public IReadOnlyList<string> Names { get; }

    /// <summary>The column's place, or null where the header lacks it.</summary>
    /// <exception cref="FileHeaderException">Several columns have that name.</exception>
    public int? Find(string name)
    {
        if (!_exact.TryGetValue(name, out var index) && !_loose.TryGetValue(Loosen(name), out index))
            return null;
        return index == Ambiguous
            ? throw new FileHeaderException($"'{_fileName}' has several columns that could be '{name}'. Its header has: {Listed()}. Give each its own name.", _fileName, name, Names)
            : index;
    }

    /// <exception cref="FileHeaderException">There is no such column, or there are several.</exception>
    public int Get(string name) => Find(name)
        ?? throw new FileHeaderException($"'{_fileName}' has no column '{name}'. Its header has: {Listed()}. Correct the file or the mapping{Hint()}.", _fileName, name, Names);

    private string Listed() => string.Join(", ", Names.Select(name => $"'{name}'"));

    private string Hint() => Names.Count == 1 ? ", or set 'Delimiter', for the header was taken as a single column" : string.Empty;

    private static void Add(Dictionary<string, int> places, string name, int index)
    {
        if (!places.TryAdd(name, index))
            places[name] = Ambiguous;
    }

    private static string Loosen(string name) => name
        .Replace("_", string.Empty, StringComparison.Ordinal)
        .Replace("-", string.Empty, StringComparison.Ordinal)
        .Replace(" ", string.Empty, StringComparison.Ordinal);
}
