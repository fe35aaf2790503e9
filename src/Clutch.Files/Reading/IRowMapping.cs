namespace Clutch.Files.Reading;

/// <summary>Makes items of rows.</summary>
internal interface IRowMapping<T>
{
    /// <summary>Looks up its columns in a file's header.</summary>
    /// <exception cref="FileHeaderException">The header lacks one.</exception>
    void Bind(string fileName, Header? header);

    T Map(FileRow row);
}

/// <summary>A mapping that the caller wrote.</summary>
internal sealed class WrittenMapping<T>(Func<FileRow, T> map, IReadOnlyList<string> requiredColumns) : IRowMapping<T>
{
    public void Bind(string fileName, Header? header)
    {
        foreach (var column in requiredColumns)
            header?.Get(column);
    }

    public T Map(FileRow row) => map(row);
}
