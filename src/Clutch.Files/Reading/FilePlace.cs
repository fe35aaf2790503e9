using System.Text.Json.Serialization;
using Clutch.Executions;

namespace Clutch.Files.Reading;

/// <summary>A reader's place: what its checkpoints hold.</summary>
/// <param name="File">Which file of the list, from 0.</param>
/// <param name="Position">The offset in bytes, in the file's UTF-8 text, of the next record.</param>
/// <param name="Line">The line on which it begins, from 1.</param>
/// <param name="Identity">How to know the file again, or null where it was not opened yet: the one before it is read to its end.</param>
internal sealed record FilePlace(int File, long Position, long Line, FileIdentity? Identity)
{
    /// <summary>The place before a file that is still to be opened.</summary>
    public static FilePlace Before(int file) => new(file, Position: 0, Line: 1, Identity: null);

    public Checkpoint ToCheckpoint() => Checkpoint.From(this, FilePlaceJson.Default.FilePlace);

    public static FilePlace From(Checkpoint checkpoint) => checkpoint.To(FilePlaceJson.Default.FilePlace);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(FilePlace))]
[JsonSerializable(typeof(IReadOnlyList<string>))]
internal sealed partial class FilePlaceJson : JsonSerializerContext;
