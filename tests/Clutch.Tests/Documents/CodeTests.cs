using System.Text.RegularExpressions;
using Clutch.Tests.Architecture;

namespace Clutch.Tests.Documents;

/// <summary>The C# code of the documentation is code that is built: its lines stand, in their order, in one file of the samples, the template, the applications or the tests.</summary>
/// <remarks>Indentation, comments at the end of a line, and what closes a line in its surroundings (comma, semicolon, brackets) may differ.</remarks>
public sealed partial class CodeTests
{
    private static readonly Lazy<IReadOnlyList<string[]>> Sources = new(() =>
    [
        .. new[] { "samples", "templates", "apps", "tests", "benchmarks" }
            .Select(folder => Path.Combine(SourceTree.Root, folder))
            .Where(Directory.Exists)
            .SelectMany(folder => Directory.GetFiles(folder, "*.cs", SearchOption.AllDirectories))
            .Where(file => !BuildOutput().IsMatch(file))
            .Select(file => Lines(File.ReadAllText(file))),
    ]);

    public static TheoryData<string> Pages => [.. Document.All.Where(page => Document.Read(page).CSharpBlocks().Any())];

    [Theory]
    [MemberData(nameof(Pages))]
    public void Code_of_a_page_is_code_that_is_built(string page)
    {
        var invented = Document.Read(page).CSharpBlocks().Where(block => !Sources.Value.Any(source => Holds(source, Lines(block)))).ToList();

        Assert.True(invented.Count == 0, $"No source that is built holds these lines of {page}, in this order:\n{string.Join("---\n", invented)}");
    }

    private static bool Holds(string[] source, string[] block)
    {
        var found = 0;
        foreach (var line in source)
        {
            if (found < block.Length && line == block[found])
                found++;
        }

        return found == block.Length;
    }

    private static string[] Lines(string code) => [.. code.Split('\n').Select(Bare).Where(line => line.Length > 0)];

    private static string Bare(string line) => Blanks().Replace(Comment().Replace(line, string.Empty), " ").Trim().TrimEnd(',', ';', ')');

    // Two slashes behind a blank, and not behind an open quotation mark.
    [GeneratedRegex("""(?<=^[^"]*(?:"[^"]*"[^"]*)*)\s+//.*$|^\s*//.*$""")]
    private static partial Regex Comment();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Blanks();

    [GeneratedRegex(@"[/\\](?:bin|obj)[/\\]")]
    private static partial Regex BuildOutput();
}
