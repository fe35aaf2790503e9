namespace Clutch.Benchmarks.Results;

/// <summary>The files below <c>docs/benchmarks</c>.</summary>
internal static class Pages
{
    public static string PathOf(string name) => Path.Combine(SourceTree.Root, "docs", "benchmarks", name);

    /// <summary>Writes a file anew. Whoever is killed meanwhile leaves it as it was.</summary>
    public static async Task WriteAsync(string name, string text)
    {
        var path = PathOf(name);
        await File.WriteAllTextAsync($"{path}.new", text);
        File.Move($"{path}.new", path, overwrite: true);
    }
}
