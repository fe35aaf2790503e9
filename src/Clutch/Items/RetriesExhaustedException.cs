namespace Clutch.Items;

/// <summary>A transient fault outlived all attempts.</summary>
/// <param name="subject">What failed, as the beginning of a sentence.</param>
/// <param name="attempts">How often it was tried.</param>
/// <param name="fault">The last fault.</param>
internal sealed class RetriesExhaustedException(string subject, int attempts, Exception fault)
    : Exception(attempts == 1 ? $"{subject} failed, and is tried only once: {fault.Message}" : $"{subject} failed {attempts} times, the last time with: {fault.Message}", fault);
