using System.Text.Json;
using Clutch.Executions;
using Clutch.Files.Reading;

namespace Clutch.Files;

/// <summary>The files that a reader reads, one after another. A string converts to it: a path, or a pattern if it has <c>*</c> or <c>?</c>.</summary>
/// <remarks>
/// Patterns know <c>*</c> and <c>?</c> within a name and <c>**</c> for any depth of directories; files come in ordinal order of their paths. The list is
/// fixed when the step first begins and kept in the step's state: a restart goes on with the same files, and new ones wait for the next job instance.
/// </remarks>
public sealed class InputFiles
{
    private const string StateName = "Clutch.Files.Input";
    private readonly Func<StepContext, string> _path;
    private readonly bool _isLiteral;
    private readonly bool _mayBeNone;

    private InputFiles(Func<StepContext, string> path, bool isLiteral, bool mayBeNone)
    {
        _path = path;
        _isLiteral = isLiteral;
        _mayBeNone = mayBeNone;
    }

    /// <summary>The file at this path, or the files that match it if it has wildcards.</summary>
    /// <exception cref="ArgumentException">The path is null or empty.</exception>
    public static implicit operator InputFiles(string pathOrPattern)
    {
        ArgumentException.ThrowIfNullOrEmpty(pathOrPattern);
        return From(_ => pathOrPattern);
    }

    /// <summary>The file at this path, though its name may look like a pattern.</summary>
    /// <exception cref="ArgumentException">The path is null or empty.</exception>
    public static InputFiles Exactly(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return new(_ => path, isLiteral: true, mayBeNone: false);
    }

    /// <summary>A path or pattern chosen when the step begins, from its parameters say.</summary>
    public static InputFiles From(Func<StepContext, string> pathOrPattern)
    {
        ArgumentNullException.ThrowIfNull(pathOrPattern);
        return new(pathOrPattern, isLiteral: false, mayBeNone: false);
    }

    /// <summary>The one file whose path is the partition's data; <see cref="PathsMatching"/> gives a partitioner the paths.</summary>
    public static InputFiles OfPartition { get; } = new(
        step => step.PartitionData ?? throw new InvalidOperationException(
            $"Step '{step.StepName}' of job '{step.JobName}' has no partition whose data could name a file. Partition the step, or give its reader a path."),
        isLiteral: true,
        mayBeNone: false);

    /// <summary>The paths that match a pattern, in ordinal order; none where nothing matches.</summary>
    /// <exception cref="DirectoryNotFoundException">The directory before the first wildcard does not exist.</exception>
    public static IReadOnlyList<string> PathsMatching(string pattern)
    {
        ArgumentException.ThrowIfNullOrEmpty(pattern);
        return FilePattern.IsWild(pattern) ? [.. List(new FilePattern(pattern)).Select(file => file.Path)] : File.Exists(pattern) ? [pattern] : [];
    }

    /// <summary>The same files, but a pattern that matches none gives an empty input instead of an error.</summary>
    public InputFiles OrNone() => new(_path, _isLiteral, mayBeNone: true);

    /// <summary>The files for a step that begins: their list is kept in its state.</summary>
    internal IReadOnlyList<InputFile> Begin(StepContext step)
    {
        var path = _path(step);
        if (_isLiteral || !FilePattern.IsWild(path))
            return [Single(path)];
        var pattern = new FilePattern(path);
        var files = List(pattern);
        if (files.Count == 0 && !_mayBeNone)
            throw NoMatch(pattern);
        IReadOnlyList<string> names = [.. files.Select(file => file.Name)];
        step.State.Set(StateName, JsonSerializer.Serialize(names, FilePlaceJson.Default.IReadOnlyListString));
        return files;
    }

    /// <summary>The files with which the step began in an earlier execution.</summary>
    internal IReadOnlyList<InputFile> Restore(StepContext step)
    {
        var path = _path(step);
        if (_isLiteral || !FilePattern.IsWild(path))
            return [Single(path)];
        var state = step.State.Get(StateName, absent: string.Empty);
        if (state.Length == 0)
        {
            throw new InvalidOperationException(
                $"The list of files matching '{path}' is not in the state of step '{step.StepName}', though it was begun. " +
                "Abandon the execution and launch a new job instance.");
        }

        var pattern = new FilePattern(path);
        var names = JsonSerializer.Deserialize(state, FilePlaceJson.Default.IReadOnlyListString)!;
        return [.. names.Select(name => Below(pattern, name))];
    }

    private static IReadOnlyList<InputFile> List(FilePattern pattern) => [.. pattern.ListNames().Select(name => Below(pattern, name))];

    private static FileNotFoundException NoMatch(FilePattern pattern) => new(
        $"No file matches '{pattern.Pattern}' (looked in '{Path.GetFullPath(pattern.Directory)}'). Put one there, correct the pattern, or allow for it with OrNone().");

    private static InputFile Below(FilePattern pattern, string name) => new(name, Path.Join(pattern.Root, name));

    private static InputFile Single(string path) => new(Path.GetFileName(path) is { Length: > 0 } name ? name : path, path);
}
