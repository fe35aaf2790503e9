namespace Clutch.Files.Reading;

/// <summary>How much of a list of files is read, by their bytes on disk.</summary>
internal sealed class FileProgress
{
    private readonly long[] _lengthsBefore;
    private readonly long _total;

    public FileProgress(IReadOnlyList<long> lengths)
    {
        _lengthsBefore = new long[lengths.Count];
        for (var index = 0; index < lengths.Count; index++)
        {
            _lengthsBefore[index] = _total;
            _total += lengths[index];
        }
    }

    /// <exception cref="FileNotFoundException">A file that is still to be read is not there any more.</exception>
    public static FileProgress Of(IReadOnlyList<InputFile> files, FilePlace? place)
    {
        if (files.Count == 1)
            return new([LengthOf(files[0])]);
        var missing = files.Skip(place?.File ?? 0).Where(file => !File.Exists(file.Path)).ToList();
        return missing.Count == 0
            ? new([.. files.Select(LengthOf)])
            : throw new FileNotFoundException(
                $"{missing.Count} of {files.Count} files with which this step began are gone, first '{missing[0].Name}' (looked for '{Path.GetFullPath(missing[0].Path)}'). " +
                "Put them back, or abandon the execution and launch a new job instance for what is there now.",
                missing[0].Path);
    }

    /// <summary>The part that is read, 0 to 1, when <paramref name="position"/> bytes of a file are.</summary>
    public double Fraction(int file, long position) => _total == 0 ? 1 : Math.Clamp((_lengthsBefore[file] + position) / (double)_total, 0, 1);

    // A file already read may have been moved away; that one missing to be read ends the step when it is opened, with its own message.
    private static long LengthOf(InputFile file) => new FileInfo(file.Path) is { Exists: true } info ? info.Length : 0;
}
