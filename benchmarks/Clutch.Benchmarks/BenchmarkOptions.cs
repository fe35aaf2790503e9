using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Clutch.Benchmarks.Results;

namespace Clutch.Benchmarks;

/// <summary>What the command line asks for.</summary>
internal sealed record BenchmarkOptions
{
    /// <summary>The benchmarks to run, in capitals; ALL for every one.</summary>
    public IReadOnlyList<string> Names { get; private init; } = [];

    /// <summary>Counted runs of each variant; 5 by default.</summary>
    public int Runs { get; init; } = 5;

    /// <summary>Rows for the benchmarks over tables and files, or null: each then takes its own number.</summary>
    public int? Rows { get; private init; }

    /// <summary>Whether each table is written to its page below docs/benchmarks, too.</summary>
    public bool Writes { get; private init; }

    /// <summary>The variants to run, of benchmarks that have many; empty for all.</summary>
    public IReadOnlyList<string> Variants { get; private init; } = [];

    /// <summary>The one store to run on, or null for all.</summary>
    public string? Store { get; private init; }

    /// <summary>Where tables go.</summary>
    public TextWriter Output { get; init; } = Console.Out;

    /// <summary>Where single runs of long benchmarks are told as they end.</summary>
    public TextWriter Progress { get; init; } = Console.Error;

    /// <summary>Where figures go that have an aim.</summary>
    public Aims Aims { get; } = new();

    public int RowsOr(int rows) => Rows ?? rows;

    public bool Takes(string variant) => Variants.Count == 0 || Variants.Contains(variant, StringComparer.OrdinalIgnoreCase);

    public bool TakesStore(string store) => Store is null || Store == store;

    /// <summary>Reads the command line, or says what is wrong with it.</summary>
    public static bool TryParse(IReadOnlyList<string> arguments, [NotNullWhen(true)] out BenchmarkOptions? options, [NotNullWhen(false)] out string? problem)
    {
        (options, problem) = (new(), null);
        for (var i = 0; i < arguments.Count && problem is null; i++)
        {
            var name = arguments[i];
            if (name == "--write")
                options = options with { Writes = true };
            else if (!name.StartsWith('-'))
                options = options with { Names = [.. options.Names, name.ToUpperInvariant()] };
            else if (i + 1 == arguments.Count)
                problem = $"{name} is unknown, or has no value.";
            else
                (options, problem) = options.With(name, arguments[++i]);
        }

        if (problem is not null)
            options = null;
        return options is not null;
    }

    /// <summary>What these benchmarks cannot do of what is asked for, or null.</summary>
    public string? FindProblem(IReadOnlyList<Benchmark> benchmarks)
    {
        if (Variants.FirstOrDefault(variant => !benchmarks.Any(benchmark => benchmark.Variants.Contains(variant, StringComparer.OrdinalIgnoreCase))) is { } unknown)
            return $"Variant {unknown} is unknown. {string.Join(" ", benchmarks.Where(benchmark => benchmark.Variants.Count > 0).Select(benchmark => $"{benchmark.Name} has {string.Join(", ", benchmark.Variants)}."))}";
        if (Store is not null && !benchmarks.Any(benchmark => benchmark.Stores.Contains(Store, StringComparer.Ordinal)))
            return $"Store {Store} is unknown. {string.Join(" ", benchmarks.Where(benchmark => benchmark.Stores.Count > 0).Select(benchmark => $"{benchmark.Name} has {string.Join(", ", benchmark.Stores)}."))}";
        // A page of nothing but other questions' variants would replace a good one.
        if (Variants.Count + (Store is null ? 0 : 1) > 0 && benchmarks.Count > 1)
            return "--variants and --store go with one benchmark at a time.";
        return benchmarks.Select(benchmark => benchmark.FindProblem(this)).FirstOrDefault(problem => problem is not null);
    }

    private (BenchmarkOptions Options, string? Problem) With(string name, string value) => name switch
    {
        "--runs" when Number(value) is { } runs => (this with { Runs = runs }, null),
        "--rows" when Number(value) is { } rows => (this with { Rows = rows }, null),
        "--runs" or "--rows" => (this, $"{name} takes a number from 1 on, not '{value}'."),
        "--variants" => (this with { Variants = value.Split(',', StringSplitOptions.TrimEntries) }, null),
        "--store" => (this with { Store = value }, null),
        _ => (this, $"{name} is unknown."),
    };

    private static int? Number(string value) => int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 ? number : null;
}
