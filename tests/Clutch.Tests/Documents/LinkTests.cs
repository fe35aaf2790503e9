using Clutch.Tests.Architecture;

namespace Clutch.Tests.Documents;

/// <summary>Every link in the documentation leads somewhere.</summary>
public sealed class LinkTests
{
    public static TheoryData<string> Pages => [.. Document.All];

    [Theory]
    [MemberData(nameof(Pages))]
    public void Links_of_a_page_lead_to_files_and_headings_that_exist(string page)
    {
        var document = Document.Read(page);

        var dead = document.Links().Where(link => !link.Contains("://", StringComparison.Ordinal) && !Leads(document, link)).ToList();

        Assert.Empty(dead);
    }

    [Theory]
    [InlineData("docs/README.md", "docs/guides/")]
    [InlineData("docs/README.md", "docs/reference/")]
    [InlineData("docs/decisions/README.md", "docs/decisions/")]
    public void An_index_leads_to_each_page_of_its_folder(string index, string folder)
    {
        var linked = Document.Read(index).Links().Select(link => Path.Combine(Path.GetDirectoryName(index)!, link).Replace('\\', '/')).ToHashSet(StringComparer.Ordinal);

        var missing = Document.All.Select(page => page.Replace('\\', '/')).Where(page => page.StartsWith(folder, StringComparison.Ordinal) && page != index && !linked.Contains(page));

        Assert.Empty(missing);
    }

    private static bool Leads(Document from, string link)
    {
        var (path, anchor) = link.Split('#') is [var file, var heading] ? (file, heading) : (link, null);
        var target = path.Length == 0 ? from.Path : Path.Combine(Path.GetDirectoryName(from.Path)!, path);
        var full = Path.Combine(SourceTree.Root, target);
        if (anchor is null || !full.EndsWith(".md", StringComparison.Ordinal))
            return File.Exists(full) || Directory.Exists(full);
        return File.Exists(full) && Document.Read(target).Anchors().Contains(anchor);
    }
}
