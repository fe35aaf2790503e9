using System.Text.RegularExpressions;
using Clutch.Tests.Architecture;

namespace Clutch.Tests.Documents;

/// <summary>The commands that the documentation names beside its figures exist as they are written.</summary>
public sealed partial class FigureTests
{
    private static readonly IReadOnlyDictionary<string, string> PageOfBenchmark =
        Benchmark().Matches(File.ReadAllText(Path.Combine(SourceTree.Root, "benchmarks", "Clutch.Benchmarks", "Program.cs"))).ToDictionary(match => match.Groups["name"].Value, match => match.Groups["page"].Value, StringComparer.Ordinal);

    public static TheoryData<string> Pages => [.. Document.All];

    public static TheoryData<string> MeasuredPages => [.. Document.All.Where(page => page.StartsWith("docs/benchmarks/", StringComparison.Ordinal) && !page.EndsWith("README.md", StringComparison.Ordinal) && page != AllAims)];

    // Made of what each page's command measured.
    private const string AllAims = "docs/benchmarks/ratios.md";

    [Theory]
    [MemberData(nameof(Pages))]
    public void Benchmarks_and_scripts_that_a_page_names_exist(string page)
    {
        var text = Document.Read(page).Text;

        var unknown = Names().Matches(text).SelectMany(match => match.Groups["names"].Value.Split(' ')).Where(name => name != "ALL" && !PageOfBenchmark.ContainsKey(name));
        var missing = Script().Matches(text).Select(match => match.Value).Where(script => !File.Exists(Path.Combine(SourceTree.Root, script)));

        Assert.Empty(unknown.Concat(missing));
    }

    [Theory]
    [MemberData(nameof(MeasuredPages))]
    public void A_measured_page_names_the_command_that_made_it(string page)
    {
        var commands = MadeBy().Matches(Document.Read(page).Text).Select(match => match.Groups["name"].Value).ToList();

        Assert.Equal(Path.GetFileNameWithoutExtension(page), PageOfBenchmark[Assert.Single(commands)]);
    }

    [Fact]
    public void Each_benchmark_stands_in_the_list()
    {
        var list = Document.Read("docs/benchmarks/README.md").Text;

        Assert.NotEmpty(PageOfBenchmark);
        Assert.All(PageOfBenchmark, benchmark => Assert.Matches($@"(?m)^\| {benchmark.Key} \| \[?{benchmark.Value}\.md\b", list));
    }

    [GeneratedRegex("""new\("(?<name>[A-Z0-9]+)", "(?<page>[a-z-]+)",""", RegexOptions.ExplicitCapture)]
    private static partial Regex Benchmark();

    [GeneratedRegex(@"benchmarks/Clutch\.Benchmarks -- (?<names>[A-Z][A-Z0-9]*(?: [A-Z][A-Z0-9]*)*)", RegexOptions.ExplicitCapture)]
    private static partial Regex Names();

    [GeneratedRegex(@"^\| command \| `dotnet run -c Release --project benchmarks/Clutch\.Benchmarks -- (?<name>[A-Z0-9]+) [^`]*--write` \|", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex MadeBy();

    [GeneratedRegex(@"\beng/[\w/-]+\.sh\b")]
    private static partial Regex Script();
}
