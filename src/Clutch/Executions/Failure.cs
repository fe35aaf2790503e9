using System.Text.RegularExpressions;

namespace Clutch.Executions;

/// <summary>Why an execution failed, as it is stored and shown.</summary>
public sealed partial record Failure
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

    /// <summary>The message with an ellipsis for each word that has a digit in it and each quoted text: alike where the same fault met other values, another time or another request.</summary>
    /// <remarks><c>Price 12 of 'A-1' is bad</c> and <c>Price 13 of 'B-7' is bad</c> are one fault.</remarks>
    public static string WithoutValues(string message)
    {
        ArgumentNullException.ThrowIfNull(message);
        return Values().Replace(message, "…");
    }

    /// <summary>The failure as stored for an exception.</summary>
    public static Failure From(Exception fault) => new()
    {
        Type = fault.GetType().Name,
        Message = CleanText.Of(fault.Message, MaxMessageLength),
        Details = CleanText.Of(fault.ToString(), MaxDetailsLength),
    };

    // A word begins where no word is before it: so a long one without a digit is read once.
    [GeneratedRegex("""'[^']*'|"[^"]*"|(?<![\w-])[\w-]*\d[\w-]*""", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1_000)]
    private static partial Regex Values();
}
