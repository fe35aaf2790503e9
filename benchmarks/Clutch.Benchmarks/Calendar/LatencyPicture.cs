using System.Globalization;
using System.Text;

namespace Clutch.Benchmarks.Calendar;

/// <summary>Latency over time as a picture: one curve a situation, the worst answer of each second on a logarithmic scale.</summary>
internal static class LatencyPicture
{
    private const int Width = 900;
    private const int Height = 420;
    private const int Left = 70;
    private const int Bottom = 360;
    private const int Top = 30;
    private static readonly string[] Colours = ["#2e7d32", "#c62828", "#ef6c00", "#1565c0", "#757575"];

    /// <summary>Draws.</summary>
    /// <param name="curves">Names, and for each second the milliseconds of its slowest answer.</param>
    /// <param name="syncStartsAt">The second at which the feeds become due.</param>
    public static string Draw(IReadOnlyList<(string Name, IReadOnlyList<double> Worst)> curves, double syncStartsAt)
    {
        var seconds = curves.Max(curve => curve.Worst.Count);
        var most = Math.Max(1_000, curves.Max(curve => curve.Worst.Max()));
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {Height}\" font-family=\"sans-serif\" font-size=\"12\" role=\"img\" aria-label=\"Main server latency over time\">\n");
        svg.Append(CultureInfo.InvariantCulture, $"<rect width=\"{Width}\" height=\"{Height}\" fill=\"#ffffff\"/>\n");
        for (var line = 1d; line <= most; line *= 10)
        {
            svg.Append(CultureInfo.InvariantCulture, $"<line x1=\"{Left}\" x2=\"{Width - 20}\" y1=\"{Y(line, most):0.0}\" y2=\"{Y(line, most):0.0}\" stroke=\"#dddddd\"/><text x=\"{Left - 8}\" y=\"{Y(line, most) + 4:0.0}\" text-anchor=\"end\">{line:N0} ms</text>\n");
        }

        for (var second = 0; second <= seconds; second += 10)
            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{X(second, seconds):0.0}\" y=\"{Bottom + 18}\" text-anchor=\"middle\">{second} s</text>\n");
        svg.Append(CultureInfo.InvariantCulture, $"<line x1=\"{X(syncStartsAt, seconds):0.0}\" x2=\"{X(syncStartsAt, seconds):0.0}\" y1=\"{Top}\" y2=\"{Bottom}\" stroke=\"#888888\" stroke-dasharray=\"4\"/><text x=\"{X(syncStartsAt, seconds) + 4:0.0}\" y=\"{Top + 10}\">all feeds are due</text>\n");
        for (var i = 0; i < curves.Count; i++) Draw(svg, curves[i], i, (Width - 20 - Left) / curves.Count, seconds, most);
        return svg.Append("</svg>\n").ToString();
    }

    private static void Draw(StringBuilder svg, (string Name, IReadOnlyList<double> Worst) curve, int index, int labelWidth, int seconds, double most)
    {
        var points = curve.Worst.Select((worst, second) => string.Create(CultureInfo.InvariantCulture, $"{X(second + 0.5, seconds):0.0},{Y(worst, most):0.0}"));
        svg.Append(CultureInfo.InvariantCulture, $"<polyline fill=\"none\" stroke-width=\"1.5\" stroke=\"{Colours[index % Colours.Length]}\" points=\"{string.Join(' ', points)}\"/>\n");
        svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{Left + 4 + (index * labelWidth)}\" y=\"{Bottom + 44}\" fill=\"{Colours[index % Colours.Length]}\">{curve.Name}</text>\n");
    }

    private static double X(double second, int seconds) => Left + (second / Math.Max(1, seconds) * (Width - 20 - Left));

    private static double Y(double milliseconds, double most) => Bottom - (Math.Log10(Math.Max(1, milliseconds)) / Math.Log10(most) * (Bottom - Top));
}
