using System.Text.Json;
using System.Text.Json.Serialization;

namespace Clutch.Benchmarks.Results;

/// <summary>The aims of one benchmark, and where and when they were measured.</summary>
internal sealed record AimsEntry(string Command, string Commit, string Date, string Machine, IReadOnlyList<Aim> Aims);

/// <summary>What all benchmarks reached of their aims: <c>docs/benchmarks/ratios.json</c> and the page made of it. A benchmark that is measured again replaces what it had.</summary>
internal static class AimsBook
{
    private const string Kept = "ratios.json";

    /// <summary>Keeps the aims of a benchmark and writes the page anew, which has all benchmarks in their order.</summary>
    public static async Task KeepAsync(Benchmark benchmark, AimsEntry entry, IReadOnlyList<Benchmark> inOrder)
    {
        var path = Pages.PathOf(Kept);
        var known = File.Exists(path) ? JsonSerializer.Deserialize(await File.ReadAllTextAsync(path), AimsJson.Default.SortedDictionaryStringAimsEntry)! : [];
        known[benchmark.Name] = entry;
        await Pages.WriteAsync(Kept, JsonSerializer.Serialize(known, AimsJson.Default.SortedDictionaryStringAimsEntry) + "\n");
        await Pages.WriteAsync("ratios.md", Draw(known, inOrder));
    }

    private static string Draw(SortedDictionary<string, AimsEntry> known, IReadOnlyList<Benchmark> inOrder)
    {
        var page = new StringWriter();
        var aims = known.Values.SelectMany(entry => entry.Aims).ToList();
        page.WriteLine($"# All aims in one table{Environment.NewLine}");
        page.WriteLine($"{aims.Count(aim => aim.IsMet)} of {aims.Count} are met. Each row was measured by the command on its page; why others are missed stands in [the list](README.md#missed-and-where-the-time-goes).{Environment.NewLine}");
        var table = new Table("Figures and aims", "question", "figure, by its median", "aim", "measured", "", "date", "commit", "machine");
        foreach (var benchmark in inOrder.Where(benchmark => known.ContainsKey(benchmark.Name)))
        {
            var entry = known[benchmark.Name];
            foreach (var aim in entry.Aims)
                table.Add($"[{benchmark.Name}]({benchmark.Page}.md)", aim.What, aim.Wanted, aim.Measured, Aims.WordFor(aim.IsMet), entry.Date, aim.Commit ?? entry.Commit, entry.Machine);
        }

        table.Write(page);
        return page.ToString().TrimEnd() + "\n";
    }
}

[JsonSourceGenerationOptions(WriteIndented = true)]
[JsonSerializable(typeof(SortedDictionary<string, AimsEntry>))]
[JsonSerializable(typeof(IReadOnlyList<Aim>))]
internal sealed partial class AimsJson : JsonSerializerContext;
