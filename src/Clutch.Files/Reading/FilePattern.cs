using System.IO.Enumeration;
using Clutch.Files.Writing;

namespace Clutch.Files.Reading;

/// <summary>A path with wildcards: <c>*</c> and <c>?</c> within a name, <c>**</c> for any depth of directories.</summary>
/// <remarks>As in a shell, wildcards leave out names that begin with a dot; output files that are not complete yet are left out too.</remarks>
internal sealed class FilePattern
{
    private readonly string[] _segments;

    public FilePattern(string pattern)
    {
        Pattern = pattern;
        var segments = pattern.Split([Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar]);
        var fixedCount = Array.FindIndex(segments, IsWild);

        // The separator of a root stays: without it '/' would be the working directory, and 'C:' the one of that drive.
        Root = Path.TrimEndingDirectorySeparator(pattern[..segments[..fixedCount].Sum(segment => segment.Length + 1)]);
        _segments = segments[fixedCount..];
    }

    public string Pattern { get; }

    /// <summary>The directory below which it looks; empty for the working directory.</summary>
    public string Root { get; }

    /// <summary>The same as a path that is never empty.</summary>
    public string Directory => Root.Length == 0 ? "." : Root;

    public static bool IsWild(string path) => path.AsSpan().ContainsAny('*', '?');

    /// <summary>The matching files' names below <see cref="Root"/>, in ordinal order.</summary>
    /// <exception cref="DirectoryNotFoundException">There is no directory <see cref="Root"/>.</exception>
    public IReadOnlyList<string> ListNames()
    {
        if (!System.IO.Directory.Exists(Directory))
            throw new DirectoryNotFoundException($"There is no directory '{Path.GetFullPath(Directory)}' to look for '{Pattern}' in. Create it, or correct the pattern.");
        var names = new SortedSet<string>(StringComparer.Ordinal);
        Walk(new DirectoryInfo(Directory), string.Empty, segment: 0, names);
        return [.. names];
    }

    private void Walk(DirectoryInfo directory, string prefix, int segment, SortedSet<string> names)
    {
        var isDeep = string.Equals(_segments[segment], "**", StringComparison.Ordinal);
        if (isDeep && segment + 1 < _segments.Length)
            Walk(directory, prefix, segment + 1, names);
        foreach (var entry in directory.EnumerateFileSystemInfos().Where(entry => Matches(entry.Name, _segments[segment])))
        {
            if (entry is DirectoryInfo below)
                Descend(below, prefix, isDeep ? segment : segment + 1, isDeep, names);
            else if (segment + 1 == _segments.Length)
                names.Add(prefix + entry.Name);
        }
    }

    private void Descend(DirectoryInfo directory, string prefix, int segment, bool isDeep, SortedSet<string> names)
    {
        // A symbolic link may lead back up, and '**' would never end.
        var isLoopRisk = isDeep && directory.LinkTarget is not null;
        if (segment < _segments.Length && !isLoopRisk)
            Walk(directory, $"{prefix}{directory.Name}{Path.DirectorySeparatorChar}", segment, names);
    }

    private static bool Matches(string name, string segment)
    {
        if (!IsWild(segment))
            return string.Equals(name, segment, StringComparison.Ordinal);
        if (name.StartsWith('.') && !segment.StartsWith('.'))
            return false;
        if (name.EndsWith(PartialFile.Suffix, StringComparison.Ordinal) && !segment.EndsWith(PartialFile.Suffix, StringComparison.Ordinal))
            return false;
        return FileSystemName.MatchesSimpleExpression(segment, name, ignoreCase: false);
    }
}
