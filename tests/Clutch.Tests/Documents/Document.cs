using System.Text.RegularExpressions;
using Clutch.Tests.Architecture;

namespace Clutch.Tests.Documents;

/// <summary>A page of the documentation, as its tests read it.</summary>
internal sealed partial class Document
{
    private Document(string path)
    {
        Path = path;
        Text = File.ReadAllText(System.IO.Path.Combine(SourceTree.Root, path));
    }

    /// <summary>Where it lies, from the top of the repository.</summary>
    public string Path { get; }

    public string Text { get; }

    /// <summary>All pages: those at the top, under docs, and beside the applications and packages.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        .. Directory.GetFiles(SourceTree.Root, "*.md", SearchOption.AllDirectories)
            .Select(file => System.IO.Path.GetRelativePath(SourceTree.Root, file))
            .Where(file => !Ignored().IsMatch(file)).Order(StringComparer.Ordinal),
    ];

    public static Document Read(string path) => new(path);

    /// <summary>The targets of its links and pictures, outside of code.</summary>
    public IEnumerable<string> Links() => Link().Matches(Code().Replace(Text, string.Empty)).Select(match => match.Groups[1].Value);

    /// <summary>Its blocks of C# code.</summary>
    public IEnumerable<string> CSharpBlocks() => CSharp().Matches(Text).Select(match => match.Groups["code"].Value);

    /// <summary>The anchors of its headings, as they are made for a heading's text.</summary>
    public IReadOnlySet<string> Anchors() => Heading().Matches(Fence().Replace(Text, string.Empty)).Select(match => AnchorOf(match.Groups["text"].Value)).ToHashSet(StringComparer.Ordinal);

    private static string AnchorOf(string heading) => NotInAnchor().Replace(heading.Trim().ToLowerInvariant(), string.Empty).Replace(' ', '-');

    [GeneratedRegex(@"(?:^|[/\\])(?:bin|obj|data|node_modules|\.git)(?:[/\\]|$)")]
    private static partial Regex Ignored();

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"```.*?```|`[^`\n]*`", RegexOptions.Singleline | RegexOptions.ExplicitCapture)]
    private static partial Regex Code();

    [GeneratedRegex(@"```csharp\n(?<code>.*?)```", RegexOptions.Singleline | RegexOptions.ExplicitCapture)]
    private static partial Regex CSharp();

    [GeneratedRegex(@"```.*?```", RegexOptions.Singleline | RegexOptions.ExplicitCapture)]
    private static partial Regex Fence();

    [GeneratedRegex(@"^#{1,6}\s+(?<text>.+)$", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex Heading();

    [GeneratedRegex(@"[^\p{L}\p{N}\s_-]")]
    private static partial Regex NotInAnchor();
}
