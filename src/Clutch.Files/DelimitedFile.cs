using Clutch.Executions;
using Clutch.Files.Reading;
using Clutch.Files.Writing;
using Clutch.Items;

namespace Clutch.Files;

/// <summary>Reads and writes delimited files: CSV (RFC 4180) and its relatives with tabs, semicolons, bars.</summary>
/// <remarks>
/// A restart continues at the byte after the last committed record. A record that cannot become an item is a reject: wrong number of fields, a value
/// of the wrong type, an exception of the mapping. A file that is missing, unreadable, replaced since, or lacks a column ends the step.
/// </remarks>
public static class DelimitedFile
{
    /// <summary>A reader whose mapping is written out: <c>row => new Product(row.GetString("sku"), row.GetInt32("qty"))</c>.</summary>
    /// <param name="files">A path or a pattern.</param>
    /// <param name="map">Makes an item of a row; an exception of it rejects the record.</param>
    /// <param name="options">How to read; null takes the defaults.</param>
    /// <exception cref="ArgumentException">Delimiter and quotation mark do not go together, or required columns are named for a file without header.</exception>
    public static IItemReader<T> Reader<T>(InputFiles files, Func<FileRow, T> map, DelimitedReadOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(map);
        options ??= new();
        return Reader(files, new WrittenMapping<T>(map, options.RequiredColumns), options);
    }

    /// <summary>A reader that fills constructor parameters and settable properties of <typeparamref name="T"/> from the columns of the same name.</summary>
    /// <remarks>
    /// Names match without regard to case, underscores, hyphens and blanks. Of several public constructors the one with the most parameters is taken.
    /// A parameter without default and a required property must have their columns; columns without counterpart are ignored. An empty field is
    /// null for nullable types. The mapping is compiled once, so no reflection happens per item.
    /// </remarks>
    /// <param name="files">A path or a pattern.</param>
    /// <param name="options">How to read; null takes the defaults. It must have a header.</param>
    /// <exception cref="NotSupportedException">
    /// <typeparamref name="T"/> has no public constructor, or a parameter or required property of a type that no text can become. Another property of such a
    /// type ends the step, with this exception too, when a file has its column.
    /// </exception>
    /// <exception cref="ArgumentException">The options say that there is no header, or delimiter and quotation mark do not go together.</exception>
    public static IItemReader<T> Reader<T>(InputFiles files, DelimitedReadOptions? options = null)
    {
        options ??= new();
        if (!options.HasHeader)
            throw new ArgumentException($"Columns cannot be matched to '{typeof(T).Name}' by name without a header. Write the mapping out by place instead.", nameof(options));
        return Reader(files, new ConventionMapping<T>(options.RequiredColumns), options);
    }

    /// <summary>A writer of a delimited file, which appears under its name only when the step has read its whole input.</summary>
    /// <remarks>Until then it grows beside it as <c>name.partial</c>; a restart cuts that back to the last commit and goes on. See <see cref="FileWriteOptions"/>.</remarks>
    /// <param name="path">The file's path. Its directory must exist.</param>
    /// <param name="columns">Names the columns: <c>columns => columns.Add("sku", product => product.Sku)</c>.</param>
    /// <param name="options">How to write; null takes the defaults.</param>
    /// <exception cref="ArgumentException">The path is empty, there is no column, two have one name, or delimiter and quotation mark do not go together.</exception>
    public static IItemWriter<T> Writer<T>(string path, Action<DelimitedColumns<T>> columns, DelimitedWriteOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Writer(_ => path, columns, options);
    }

    /// <summary>A writer of a delimited file whose path is chosen when the step begins, from its parameters or partition say.</summary>
    /// <inheritdoc cref="Writer{T}(string, Action{DelimitedColumns{T}}, DelimitedWriteOptions?)"/>
    public static IItemWriter<T> Writer<T>(Func<StepContext, string> path, Action<DelimitedColumns<T>> columns, DelimitedWriteOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(columns);
        options ??= new();
        DelimitedSyntax.Validate(options.Delimiter, options.Quote);
        var added = new DelimitedColumns<T>();
        columns(added);
        if (added.All.Count == 0)
            throw new ArgumentException("There is no column. Add at least one.", nameof(columns));
        return new FileWriter<T>(path, new DelimitedEncoder<T>(added.All, options), options);
    }

    private static FileReader<T> Reader<T>(InputFiles files, IRowMapping<T> mapping, DelimitedReadOptions options)
    {
        ArgumentNullException.ThrowIfNull(files);
        DelimitedSyntax.Validate(options.Delimiter, options.Quote);
        if (options.RequiredColumns.Count > 0 && !options.HasHeader)
            throw new ArgumentException("'RequiredColumns' needs a header, but 'HasHeader' is false. Leave one of them out.", nameof(options));
        return new(files, new DelimitedFormat<T>(mapping, options), options);
    }
}
