using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Clutch.Tests.Architecture;

/// <summary>The checked-out source, as the architecture tests read it.</summary>
internal static partial class SourceTree
{
    public static string Root { get; } = FindRoot();

    /// <summary>The packages under src/, by name.</summary>
    public static IReadOnlyList<string> Packages { get; } =
    [
        .. Directory.GetDirectories(Path.Combine(Root, "src")).Select(folder => Path.GetFileName(folder))
            .Where(name => File.Exists(ProjectFile(name))).Order(StringComparer.Ordinal),
    ];

    public static IReadOnlyList<string> ProjectReferencesOf(string package) =>
        [.. Includes(package, "ProjectReference").Select(path => Path.GetFileNameWithoutExtension(path.Replace('\\', '/')))];

    public static IReadOnlyList<string> PackageReferencesOf(string package) => Includes(package, "PackageReference");

    /// <summary>The folders of the engine that the code in one of them names, by using directive or in full.</summary>
    public static IReadOnlyList<string> RoomsNamedIn(string room, IReadOnlyCollection<string> rooms)
    {
        var files = Directory.GetFiles(Path.Combine(Root, "src", "Clutch", room), "*.cs", SearchOption.AllDirectories);
        return [.. files.SelectMany(RoomsIn).Where(rooms.Contains).Where(named => named != room).Distinct().Order(StringComparer.Ordinal)];
    }

    private static IEnumerable<string> RoomsIn(string file)
    {
        foreach (var line in File.ReadLines(file).Where(line => !line.TrimStart().StartsWith("//", StringComparison.Ordinal)))
        {
            // A string may say anything, such as Clutch:Server; a name in full is code.
            foreach (Match match in QualifiedName().Matches(StringLiteral().Replace(line, "\"\"")))
                yield return match.Groups[1].Value;
        }
    }

    private static string ProjectFile(string package) => Path.Combine(Root, "src", package, $"{package}.csproj");

    private static List<string> Includes(string package, string element) =>
        [.. XDocument.Load(ProjectFile(package)).Descendants(element).Select(reference => reference.Attribute("Include")!.Value)];

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Clutch.slnx")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new DirectoryNotFoundException($"No folder above '{AppContext.BaseDirectory}' has Clutch.slnx: run the tests from the source tree.");
    }

    [GeneratedRegex(@"(?:using\s+(?:static\s+)?Clutch\.|(?<![\w.])Clutch\.|(?<![\w.])(?=[A-Z]\w+\.[A-Z]))([A-Z]\w+)")]
    private static partial Regex QualifiedName();

    [GeneratedRegex("\"(?:[^\"\\\\]|\\\\.)*\"")]
    private static partial Regex StringLiteral();
}
