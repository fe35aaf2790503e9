using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Clutch.Executions;
using Clutch.Items;

namespace Clutch.Steps;

/// <summary>Makes dead letters of the items of one step.</summary>
internal sealed class DeadLetterWriter<T>(StepRun run, Func<JsonTypeInfo<T>>? itemType)
{
    public DeadLetter For(ReadReject reject) => new()
    {
        InstanceId = run.Context.InstanceId,
        StepExecutionId = run.Execution.Id,
        StepName = run.Context.StepName,
        Partition = run.Context.Partition,
        Phase = SkipPhase.Read,
        Ordinal = reject.Ordinal,
        Location = reject.Location,
        Payload = reject.Payload,
        Failure = Failure.From(reject.Fault),
        SkippedAt = run.Context.TimeProvider.GetUtcNow(),
    };

    public DeadLetter For(SkipPhase phase, ReadBatch<T> read, int index, Exception fault) => new()
    {
        InstanceId = run.Context.InstanceId,
        StepExecutionId = run.Execution.Id,
        StepName = run.Context.StepName,
        Partition = run.Context.Partition,
        Phase = phase,
        Ordinal = read.OrdinalOf(index),
        Payload = Payload(read.Items[index]),
        Failure = Failure.From(fault is ItemWriteException { InnerException: { } cause } ? cause : fault),
        SkippedAt = run.Context.TimeProvider.GetUtcNow(),
    };

    /// <summary>The item as JSON where the step has a type description for it, else as its own text; null where it cannot be written down, such as a number that JSON does not have.</summary>
    private string? Payload(T item)
    {
        try
        {
            return itemType is null ? Convert.ToString(item, System.Globalization.CultureInfo.InvariantCulture) : JsonSerializer.Serialize(item, itemType());
        }
        catch (Exception fault) when (!FaultPolicy.IsFatal(fault))
        {
            // The item is skipped for another reason, which its letter tells.
            return null;
        }
    }
}
