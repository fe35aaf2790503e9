using System.Globalization;
using System.Text;

namespace Clutch.Benchmarks.Sku;

/// <summary>Before and after as bars, all on one scale: one that cannot be seen is the point of the picture.</summary>
internal static class SkuPicture
{
    private const int Width = 900;
    private const int Left = 170;
    private const int Longest = 600;
    private const int Row = 30;
    private const int Top = 46;

    /// <summary>Draws.</summary>
    /// <param name="count">How many SKUs were synchronised.</param>
    /// <param name="bars">Names and seconds, in their order; rivals first.</param>
    public static string Draw(int count, IReadOnlyList<(string Name, double Seconds, bool IsRival)> bars)
    {
        var most = bars.Max(bar => bar.Seconds);
        var height = Top + (bars.Count * Row) + 14;
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {height}\" font-family=\"sans-serif\" font-size=\"13\" role=\"img\" aria-label=\"Time to synchronise {count:N0} SKUs, before and after\">\n");
        svg.Append(CultureInfo.InvariantCulture, $"<rect width=\"{Width}\" height=\"{height}\" fill=\"#ffffff\"/>\n");
        svg.Append(CultureInfo.InvariantCulture, $"<text x=\"14\" y=\"26\" font-size=\"15\" fill=\"#222222\">{count:N0} SKUs until the target has them all</text>\n");
        for (var i = 0; i < bars.Count; i++)
            Draw(svg, bars[i], Top + (i * Row), most);
        return svg.Append("</svg>\n").ToString();
    }

    private static void Draw(StringBuilder svg, (string Name, double Seconds, bool IsRival) bar, int y, double most)
    {
        var length = Math.Max(1, bar.Seconds / most * Longest);
        var time = bar.Seconds >= 120 ? string.Create(CultureInfo.InvariantCulture, $"{bar.Seconds / 60:0.0} min") : string.Create(CultureInfo.InvariantCulture, $"{bar.Seconds:0.0} s");
        svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{Left - 10}\" y=\"{y + 16}\" text-anchor=\"end\" fill=\"#222222\">{bar.Name}</text>");
        svg.Append(CultureInfo.InvariantCulture, $"<rect x=\"{Left}\" y=\"{y + 2}\" width=\"{length:0.0}\" height=\"20\" fill=\"{(bar.IsRival ? "#9e9e9e" : "#2e7d32")}\"/>");
        svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{Left + length + 8:0.0}\" y=\"{y + 16}\" fill=\"#222222\">{time}</text>\n");
    }
}
