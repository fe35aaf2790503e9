namespace Clutch.Outbox;

/// <summary>What went wrong, after RFC 9457. It is stored and shown: no secrets, no personal data. A long detail is cut at 2,000 characters when stored.</summary>
/// <param name="Type">A stable name or URI to group by, such as <c>https://api.example/problems/unknown-sku</c>.</param>
/// <param name="Title">One short sentence; null where the type says all.</param>
/// <param name="Detail">This occurrence; null for nothing more.</param>
/// <param name="Status">The HTTP status, or null where there was none.</param>
public sealed record Problem(string Type, string? Title = null, string? Detail = null, int? Status = null)
{
    internal const int MaxTextLength = 2_000;

    /// <summary>In one line.</summary>
    public override string ToString() => string.Join(": ", new[] { Title ?? Type, Detail }.Where(part => !string.IsNullOrEmpty(part)));

    /// <summary>A fault of this program or of the network as a problem: its type, and its message.</summary>
    public static Problem Of(Exception fault)
    {
        ArgumentNullException.ThrowIfNull(fault);
        return new(fault.GetType().Name, null, fault.Message);
    }
}
