namespace Clutch.Items;

/// <summary>More items failed than the step may skip; the step ends failed.</summary>
public sealed class SkipLimitExceededException : Exception
{
    internal SkipLimitExceededException(string message, Exception fault)
        : base(message, fault)
    {
    }
}
