using System.Text.Json.Serialization;
using Clutch.Executions;
using Microsoft.Win32.SafeHandles;

namespace Clutch.Files.Writing;

/// <summary>A writer's place: what its checkpoints hold.</summary>
/// <remarks>A length alone would fit the file that another job instance began under the same name.</remarks>
/// <param name="Length">How many bytes are written.</param>
/// <param name="Head">The hash of the first of them; null in checkpoints of the time when they were bare lengths.</param>
/// <param name="Before">The hash of the last of them, or null with <paramref name="Head"/>.</param>
internal sealed record OutputPlace(long Length, string? Head, string? Before)
{
    public static OutputPlace At(SafeFileHandle file, long length) => new(length, FileHash.OfHead(file, length), FileHash.Before(file, length));

    public static OutputPlace From(Checkpoint checkpoint) => checkpoint.Value.StartsWith('{')
        ? checkpoint.To(OutputPlaceJson.Default.OutputPlace)
        : new(checkpoint.ToPosition(), Head: null, Before: null);

    public Checkpoint ToCheckpoint() => Head is null ? Checkpoint.At(Length) : Checkpoint.From(this, OutputPlaceJson.Default.OutputPlace);

    /// <summary>Whether the file, which is at least as long, holds what was written up to here.</summary>
    public bool IsIn(SafeFileHandle file) => Head is null || this == At(file, Length);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(OutputPlace))]
internal sealed partial class OutputPlaceJson : JsonSerializerContext;
