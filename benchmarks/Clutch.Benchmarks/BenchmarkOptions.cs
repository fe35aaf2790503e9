using System.Globalization;

namespace Clutch.Benchmarks;

/// <summary>What the command line asks for.</summary>
internal sealed record BenchmarkOptions
{
    /// <summary>The benchmarks to run, in capitals; ALL for every one.</summary>
    public IReadOnlyList<string> Names { get; private init; } = [];

    /// <summary>Counted runs of each variant; 5 by default.</summary>
    public int Runs { get; private init; } = 5;

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

    public int RowsOr(int rows) => Rows ?? rows;

    public bool Takes(string variant) => Variants.Count == 0 || Variants.Contains(variant, StringComparer.OrdinalIgnoreCase);

    public bool TakesStore(string store) => Store is null || Store == store;

    public static BenchmarkOptions Parse(IReadOnlyList<string> arguments)
    {
        var options = new BenchmarkOptions();
        for (var i = 0; i < arguments.Count; i++)
        {
            options = arguments[i] switch
            {
                "--runs" => options with { Runs = int.Parse(arguments[++i], CultureInfo.InvariantCulture) },
                "--rows" => options with { Rows = int.Parse(arguments[++i], CultureInfo.InvariantCulture) },
                "--variants" => options with { Variants = arguments[++i].Split(',') },
                "--store" => options with { Store = arguments[++i] },
                "--write" => options with { Writes = true },
                var name => options with { Names = [.. options.Names, name.ToUpperInvariant()] },
            };
        }

        return options;
    }
}
