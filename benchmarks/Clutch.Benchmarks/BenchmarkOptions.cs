using System.Globalization;

namespace Clutch.Benchmarks;

/// <summary>What the command line asks for.</summary>
internal sealed record BenchmarkOptions
{
    /// <summary>The benchmarks to run, in capitals.</summary>
    public IReadOnlyList<string> Names { get; private init; } = [];

    /// <summary>Counted runs of each variant; 5 by default.</summary>
    public int Runs { get; private init; } = 5;

    /// <summary>Rows for the benchmarks over tables and files; 1,000,000 by default.</summary>
    public int Rows { get; private init; } = 1_000_000;

    /// <summary>Where tables go.</summary>
    public TextWriter Output { get; private init; } = Console.Out;

    public static BenchmarkOptions Parse(IReadOnlyList<string> arguments)
    {
        var options = new BenchmarkOptions();
        for (var i = 0; i < arguments.Count; i++)
        {
            options = arguments[i] switch
            {
                "--runs" => options with { Runs = int.Parse(arguments[++i], CultureInfo.InvariantCulture) },
                "--rows" => options with { Rows = int.Parse(arguments[++i], CultureInfo.InvariantCulture) },
                var name => options with { Names = [.. options.Names, name.ToUpperInvariant()] },
            };
        }

        return options;
    }
}
