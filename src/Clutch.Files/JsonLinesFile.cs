using System.Text.Json.Serialization.Metadata;
using Clutch.Executions;
using Clutch.Files.Reading;
using Clutch.Files.Writing;
using Clutch.Items;

namespace Clutch.Files;

/// <summary>Reads and writes JSON Lines: one JSON value a line, in UTF-8.</summary>
/// <remarks>A restart continues at the byte after the last committed line. Blank lines are passed over; a line that is not such a value is a reject.</remarks>
public static class JsonLinesFile
{
    /// <summary>A reader of the files' lines.</summary>
    /// <param name="files">A path or a pattern.</param>
    /// <param name="typeInfo">How a line becomes an item: a member of a generated <c>JsonSerializerContext</c>.</param>
    /// <param name="options">How to read; null takes the defaults.</param>
    public static IItemReader<T> Reader<T>(InputFiles files, JsonTypeInfo<T> typeInfo, FileReadOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(files);
        ArgumentNullException.ThrowIfNull(typeInfo);
        return new FileReader<T>(files, new JsonLinesFormat<T>(typeInfo), options ?? new());
    }

    /// <summary>A writer of a JSON Lines file, which appears under its name only when the step has read its whole input.</summary>
    /// <remarks>Until then it grows beside it as <c>name.partial</c>; a restart cuts that back to the last commit and goes on. See <see cref="FileWriteOptions"/>.</remarks>
    /// <param name="path">The file's path. Its directory must exist.</param>
    /// <param name="typeInfo">How an item becomes a line: a member of a generated <c>JsonSerializerContext</c>. Its indentation is ignored.</param>
    /// <param name="options">How to write; null takes the defaults.</param>
    public static IItemWriter<T> Writer<T>(string path, JsonTypeInfo<T> typeInfo, FileWriteOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Writer(_ => path, typeInfo, options);
    }

    /// <summary>A writer of a JSON Lines file whose path is chosen when the step begins, from its parameters or partition say.</summary>
    /// <inheritdoc cref="Writer{T}(string, JsonTypeInfo{T}, FileWriteOptions?)"/>
    public static IItemWriter<T> Writer<T>(Func<StepContext, string> path, JsonTypeInfo<T> typeInfo, FileWriteOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(typeInfo);
        return new FileWriter<T>(path, new JsonLinesEncoder<T>(typeInfo), options ?? new());
    }
}
