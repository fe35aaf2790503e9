using Clutch.Files.Reading;
using Clutch.Items;

namespace Clutch.Files;

/// <summary>Reads files whose columns lie at fixed places of each line.</summary>
/// <remarks>
/// A restart continues at the byte after the last committed line. Blank lines are passed over; a line too short for its columns is a reject. What lies
/// between and behind the columns is ignored.
/// </remarks>
public static class FixedWidthFile
{
    /// <summary>A reader of the files' lines.</summary>
    /// <param name="files">A path or a pattern.</param>
    /// <param name="columns">Where the columns lie, counted from 1 as record layouts do; at least one.</param>
    /// <param name="map">Makes an item of a row; an exception of it rejects the record.</param>
    /// <param name="options">How to read; null takes the defaults.</param>
    /// <exception cref="ArgumentException">
    /// There is no column, two have one name, or one begins before place 1 or has no length; or bytes are counted in an encoding whose characters have no length
    /// of their own, such as ISO-2022-JP.
    /// </exception>
    public static IItemReader<T> Reader<T>(InputFiles files, IReadOnlyList<FixedWidthColumn> columns, Func<FileRow, T> map, FixedWidthReadOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(files);
        ArgumentNullException.ThrowIfNull(columns);
        ArgumentNullException.ThrowIfNull(map);
        Validate(columns);
        options ??= new();
        return new FileReader<T>(files, new FixedWidthFormat<T>(columns, new WrittenMapping<T>(map, []), options), options);
    }

    private static void Validate(IReadOnlyList<FixedWidthColumn> columns)
    {
        if (columns.Count == 0)
            throw new ArgumentException("There is no column. Name at least one, with its start (from 1) and length.", nameof(columns));
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var column in columns)
        {
            if (column.Start < 1 || column.Length < 1)
            {
                throw new ArgumentException(
                    $"Column '{column.Name}' starts at {column.Start} and is {column.Length} long. Count places from 1, and give it at least one.", nameof(columns));
            }

            if (!names.Add(column.Name))
                throw new ArgumentException($"Two columns are called '{column.Name}'. Give each its own name.", nameof(columns));
        }
    }
}
