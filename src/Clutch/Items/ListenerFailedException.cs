namespace Clutch.Items;

/// <summary>A listener failed with a fault that would pass for one of the chunk, to be tried again.</summary>
internal sealed class ListenerFailedException(string call, Exception fault)
    : Exception($"A listener failed in {call}: {fault.Message}", fault);
