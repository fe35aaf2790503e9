using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Clutch.Executions;

/// <summary>A place in a reader's input or a writer's output to which a restart can return.</summary>
/// <remarks>Its text belongs to the reader or writer that made it; the engine only stores it, in the transaction of the chunk it follows.</remarks>
/// <param name="Value">The place as text, up to 64 KiB; what it means is its maker's affair.</param>
public sealed record Checkpoint(string Value)
{
    /// <summary>A checkpoint that is one number, such as an offset or the last key.</summary>
    public static Checkpoint At(long position) => new(position.ToString(CultureInfo.InvariantCulture));

    /// <summary>A checkpoint that holds a value as JSON.</summary>
    public static Checkpoint From<T>(T value, JsonTypeInfo<T> typeInfo) => new(JsonSerializer.Serialize(value, typeInfo));

    /// <summary>The number given to <see cref="At"/>.</summary>
    /// <exception cref="FormatException">It is not a number: another reader or another version wrote it.</exception>
    public long ToPosition() => long.TryParse(Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var position)
        ? position
        : throw Unreadable(inner: null);

    /// <summary>The value given to <see cref="From"/>.</summary>
    /// <exception cref="FormatException">It does not hold such a value: another reader or another version wrote it.</exception>
    public T To<T>(JsonTypeInfo<T> typeInfo)
    {
        try
        {
            return JsonSerializer.Deserialize(Value, typeInfo) ?? throw Unreadable(inner: null);
        }
        catch (JsonException fault)
        {
            throw Unreadable(fault);
        }
    }

    private FormatException Unreadable(Exception? inner) => new(
        $"The checkpoint '{Value}' was not written by this reader or writer. " +
        "The step was changed since the execution that left it: abandon that execution and launch a new job instance, or restore the step.",
        inner);
}

/// <summary>What a chunk leaves behind when it commits: how far was read, and how far was written.</summary>
/// <param name="Input">The reader's place after the chunk, or null where the reader keeps none.</param>
/// <param name="Output">The writer's place after the chunk, or null where the writer keeps none.</param>
public sealed record StepCheckpoint(Checkpoint? Input, Checkpoint? Output);
