namespace Clutch.Benchmarks.Results;

/// <summary>One question: its name on the command line, its page below docs/benchmarks with its title, and what answers it.</summary>
internal sealed record Benchmark(string Name, string Page, string Title, Func<BenchmarkOptions, Task> Run)
{
    public async Task RunAsync(BenchmarkOptions options)
    {
        var tables = new StringWriter();
        var facts = await Surroundings.ReadAsync();
        await Run(options with { Output = tables });
        await options.Output.WriteAsync(tables.ToString());
        if (options.Writes)
            await WriteAsync(options, facts, tables.ToString());
    }

    private async Task WriteAsync(BenchmarkOptions options, Surroundings facts, string tables)
    {
        var folder = Path.Combine(SourceTree.Root, "docs", "benchmarks");
        Directory.CreateDirectory(folder);
        await File.WriteAllTextAsync(Path.Combine(folder, $"{Page}.md"), $"# {Title}\n\n{tables.TrimEnd()}\n\n{facts.ToMarkdown(CommandFor(options))}");
    }

    private string CommandFor(BenchmarkOptions options)
    {
        var rows = options.Rows is { } given ? string.Create(System.Globalization.CultureInfo.InvariantCulture, $" --rows {given}") : string.Empty;
        var variants = options.Variants.Count > 0 ? $" --variants {string.Join(',', options.Variants)}" : string.Empty;
        var store = options.Store is { } one ? $" --store {one}" : string.Empty;
        return string.Create(System.Globalization.CultureInfo.InvariantCulture, $"dotnet run -c Release --project benchmarks/Clutch.Benchmarks -- {Name} --runs {options.Runs}{rows}{variants}{store} --write");
    }
}
