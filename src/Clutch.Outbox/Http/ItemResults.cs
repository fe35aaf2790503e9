using Clutch.Http;
using Clutch.Outbox.Operations;

namespace Clutch.Outbox.Http;

/// <summary>Item results and problems as the wire has them, turned into the outbox's own.</summary>
internal static class ItemResults
{
    public static IReadOnlyList<ItemResult> From(IReadOnlyList<ItemBody>? items, string address) => [.. Whole(items, address).Select(item => From(item, address))];

    public static IReadOnlyList<ItemResult> Rejected(IReadOnlyList<ItemBody>? items, string address) => [.. Whole(items, address).Select(Failed)];

    public static Problem ProblemOf(HttpFault fault) =>
        new(fault.Problem is { Type: not "about:blank" and var type } ? type : fault.StatusCode is { } status ? $"http-{status}" : fault.Kind.ToString(), fault.Problem?.Title, fault.Message, fault.StatusCode);

    /// <summary>When a body wishes to be asked for again, or null where it says nothing that can be meant: below nothing, a day or more.</summary>
    public static TimeSpan? WishOf(double? seconds) => seconds is >= 0 and < 86_400 and var wished ? TimeSpan.FromSeconds(wished) : null;

    public static Problem? ProblemOf(HttpProblem? problem) => problem is null ? null : new(problem.Type, problem.Title, problem.Detail, problem.Status);

    public static HttpFaultException Breaks(string address, string reason) => new(new()
    {
        Kind = HttpFaultKind.Protocol,
        Address = address,
        Message = $"'{address}' does not keep the contract of docs/guides/receiving.md: {reason}.",
    });

    /// <summary>Reads a name in any of the usual spellings: <c>ALREADY_APPLIED</c>, <c>AlreadyApplied</c>, <c>already-applied</c>.</summary>
    public static bool TryRead<TEnum>(string? text, out TEnum value)
        where TEnum : struct, Enum =>
        Enum.TryParse(text?.Replace("_", null, StringComparison.Ordinal).Replace("-", null, StringComparison.Ordinal), ignoreCase: true, out value) && Enum.IsDefined(value);

    public static bool IsCancelled(string? status) => TryRead(status, out OperationState state) && state == OperationState.Cancelled;

    private static IEnumerable<ItemBody> Whole(IReadOnlyList<ItemBody?>? items, string address) =>
        (items ?? []).Select(item => item ?? throw Breaks(address, "an item of its answer is null"));

    private static ItemResult From(ItemBody item, string address)
    {
        if (!TryRead(item.Outcome, out ItemOutcome outcome))
            throw Breaks(address, $"item '{item.ItemId}' has outcome '{item.Outcome}', where a target that compares versions says APPLIED, ALREADY_APPLIED, SUPERSEDED or FAILED. Check that the target supports versions");
        return outcome == ItemOutcome.Failed ? Failed(item) : new(item.ItemId ?? string.Empty, outcome);
    }

    private static ItemResult Failed(ItemBody item) =>
        new(item.ItemId ?? string.Empty, ItemOutcome.Failed) { IsRetryable = item.Retryable ?? item.Problem?.IsRetryable ?? false, Problem = ProblemOf(item.Problem) };
}
