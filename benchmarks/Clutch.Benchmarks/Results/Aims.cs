using System.Globalization;

namespace Clutch.Benchmarks.Results;

/// <summary>A figure beside what it should be.</summary>
/// <param name="What">What was measured, with what it is compared with.</param>
/// <param name="Wanted">The bound in words, with its unit.</param>
/// <param name="Measured">The figure, with its unit.</param>
/// <param name="IsMet">Whether the figure, as it is shown, keeps the bound.</param>
/// <param name="Commit">The code it was measured with, where it was kept from an earlier run; else null.</param>
internal sealed record Aim(string What, string Wanted, string Measured, bool IsMet, string? Commit);

/// <summary>The figures of one benchmark that have an aim.</summary>
internal sealed class Aims
{
    private readonly List<Aim> _all = [];

    public IReadOnlyList<Aim> All => _all;

    /// <summary>The code that what is added from now on was measured with, where that was in an earlier run.</summary>
    public string? Commit { get; set; }

    // The unit is "x" for a ratio, else a blank and its name.

    /// <summary>Adds a figure that should be no greater than its aim.</summary>
    public void AtMost(string what, double aim, double measured, string unit = "x") => Add(what, "at most", aim, measured, unit, Rounded(measured) <= aim);

    /// <summary>Adds a figure that should be no less than its aim.</summary>
    public void AtLeast(string what, double aim, double measured, string unit = "x") => Add(what, "at least", aim, measured, unit, Rounded(measured) >= aim);

    public void WriteTo(TextWriter output)
    {
        if (_all.Count == 0) return;
        var table = new Table("Aims", "figure, by its median", "aim", "measured", "");
        foreach (var aim in _all)
            table.Add(aim.What, aim.Wanted, aim.Measured, WordFor(aim.IsMet));
        table.Write(output);
    }

    public static string WordFor(bool isMet) => isMet ? "met" : "**missed**";

    private void Add(string what, string bound, double aim, double measured, string unit, bool isMet) =>
        _all.Add(new(what, string.Create(CultureInfo.InvariantCulture, $"{bound} {aim:#,0.##}{unit}"), string.Create(CultureInfo.InvariantCulture, $"{Rounded(measured):#,0.##}{unit}"), isMet, Commit));

    // What is shown is what is judged.
    private static double Rounded(double figure) => Math.Round(figure, Math.Abs(figure) < 1000 ? 2 : 0, MidpointRounding.AwayFromZero);
}
