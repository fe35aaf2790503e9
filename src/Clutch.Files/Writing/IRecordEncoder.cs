namespace Clutch.Files.Writing;

/// <summary>An output format: how an item becomes bytes.</summary>
internal interface IRecordEncoder<in T>
{
    /// <summary>Appends what stands before the first record.</summary>
    void WriteHeader(RecordBytes bytes);

    /// <summary>Appends the item's record with its line end; after an exception what was appended is cut off.</summary>
    void Write(T item, RecordBytes bytes);
}
