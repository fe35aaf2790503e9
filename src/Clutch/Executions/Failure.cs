namespace Clutch.Executions;

/// <summary>Why an execution failed, as it is stored and shown.</summary>
public sealed record Failure
{
    private const int MaxDetailsLength = 16_384;
    private const int MaxMessageLength = 2_048;

    /// <summary>The exception's type name, without generic arguments; <c>LeaseExpired</c> when its node died.</summary>
    public required string Type { get; init; }

    /// <summary>What happened, up to 2,048 characters.</summary>
    public required string Message { get; init; }

    /// <summary>Stack trace and inner exceptions, up to 16,384 characters, or null where there is none.</summary>
    public string? Details { get; init; }

    internal bool IsLostLease => Type == "LeaseExpired";

    /// <summary>The failure as stored for an exception.</summary>
    public static Failure From(Exception fault) => new()
    {
        Type = fault.GetType().Name,
        Message = CleanText.Of(fault.Message, MaxMessageLength),
        Details = CleanText.Of(fault.ToString(), MaxDetailsLength),
    };
}
