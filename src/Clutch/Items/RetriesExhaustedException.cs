namespace Clutch.Items;

/// <summary>A transient fault outlived all attempts.</summary>
internal sealed class RetriesExhaustedException(int attempts, Exception fault)
    : Exception($"An item failed {attempts} times, the last time with: {fault.Message}", fault);
