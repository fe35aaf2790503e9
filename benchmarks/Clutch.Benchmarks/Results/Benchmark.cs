using System.Globalization;
using System.Text.Json;

namespace Clutch.Benchmarks.Results;

/// <summary>One question: its name on the command line, its page below docs/benchmarks with its title, and what answers it.</summary>
internal sealed record Benchmark(string Name, string Page, string Title, Func<BenchmarkOptions, Task> Run)
{
    /// <summary>The most rounds it takes, however many are asked for; 0 where it has a number of its own.</summary>
    public int MostRuns { get; init; } = int.MaxValue;

    /// <summary>Whether <c>--rows</c> means something to it.</summary>
    public bool TakesRows { get; init; } = true;

    /// <summary>The variants that can be chosen with <c>--variants</c>.</summary>
    public IReadOnlyList<string> Variants { get; init; } = [];

    /// <summary>The stores that can be chosen with <c>--store</c>.</summary>
    public IReadOnlyList<string> Stores { get; init; } = [];

    /// <summary>Says what it cannot do of what is asked for, or null.</summary>
    public Func<BenchmarkOptions, string?> FindProblem { get; init; } = _ => null;

    /// <summary>Measures, prints the tables, writes the page where it is asked for, and leaves the aims as JSON for whoever waits for them.</summary>
    public async Task RunAsync(BenchmarkOptions asked, string aimsFile, IReadOnlyList<Benchmark> all)
    {
        var tables = new StringWriter();
        var facts = asked.Writes ? await Surroundings.ReadAsync() : null;
        var options = asked with { Output = tables, Runs = Math.Min(asked.Runs, Math.Max(1, MostRuns)) };
        try
        {
            await Run(options);
        }
        catch
        {
            // What it found before it failed often tells why.
            await asked.Output.WriteLineAsync($"{tables}{Environment.NewLine}{Name} failed; these tables are not complete.");
            throw;
        }

        options.Aims.WriteTo(tables);
        await asked.Output.WriteAsync(tables.ToString());
        await File.WriteAllTextAsync(aimsFile, JsonSerializer.Serialize(options.Aims.All, AimsJson.Default.IReadOnlyListAim));
        if (facts is not null)
            await WriteAsync(CommandFor(options), facts, tables.ToString(), options.Aims.All, all);
    }

    private async Task WriteAsync(string command, Surroundings facts, string tables, IReadOnlyList<Aim> aims, IReadOnlyList<Benchmark> all)
    {
        await Pages.WriteAsync($"{Page}.md", $"# {Title}\n\n{tables.TrimEnd()}\n\n{facts.ToMarkdown(command)}");
        if (aims.Count > 0)
            await AimsBook.KeepAsync(this, new(command, facts.Commit, facts.Date, facts.Machine, aims), all);
    }

    // Only what means something to it, and as many rounds as it took.
    private string CommandFor(BenchmarkOptions options)
    {
        var runs = MostRuns > 0 ? string.Create(CultureInfo.InvariantCulture, $" --runs {options.Runs}") : string.Empty;
        var rows = TakesRows && options.Rows is { } given ? string.Create(CultureInfo.InvariantCulture, $" --rows {given}") : string.Empty;
        var variants = options.Variants.Count > 0 ? $" --variants {string.Join(',', options.Variants)}" : string.Empty;
        var store = options.Store is { } one ? $" --store {one}" : string.Empty;
        return $"dotnet run -c Release --project benchmarks/Clutch.Benchmarks -- {Name}{runs}{rows}{variants}{store} --write";
    }
}
