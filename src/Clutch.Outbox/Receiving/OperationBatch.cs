using Clutch.Http;
using Clutch.Outbox.Operations;

namespace Clutch.Outbox.Receiving;

/// <summary>Items of one operation that are applied together; each needs a result.</summary>
public sealed class OperationBatch
{
    private readonly StoredResult?[] _results;
    private readonly IReadOnlyList<StoredItem> _stored;

    internal OperationBatch(StoredOperation operation, IReadOnlyList<StoredItem> stored)
    {
        (OperationId, Caller, Group, _stored) = (operation.Id, operation.Caller, operation.Group, stored);
        Items = [.. stored.Select(item => item.Item)];
        _results = new StoredResult?[stored.Count];
    }

    /// <summary>The operation.</summary>
    public string OperationId { get; }

    /// <summary>Who asked for it.</summary>
    public string Caller { get; }

    /// <summary>Whose items they are.</summary>
    public string Group { get; }

    /// <summary>The items.</summary>
    public IReadOnlyList<OperationItem> Items { get; }

    /// <summary>Says that an item was applied, or rightly not applied again.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The outcome is a failure: use <see cref="Fail"/>.</exception>
    public void Settle(int index, ItemOutcome outcome)
    {
        ArgumentOutOfRangeException.ThrowIfEqual(outcome, ItemOutcome.Failed);
        _results[index] = new(OperationId, _stored[index].Ordinal, outcome, IsRetryable: false, Problem: null);
    }

    /// <summary>Says that an item fails, before anything was done for it.</summary>
    /// <param name="index">Which, from 0.</param>
    /// <param name="problem">Why; where it says retryable, the caller may send it again.</param>
    public void Fail(int index, HttpProblem problem)
    {
        ArgumentNullException.ThrowIfNull(problem);
        _results[index] = new(OperationId, _stored[index].Ordinal, ItemOutcome.Failed, problem.IsRetryable ?? false, problem);
    }

    internal StoredResult[] TakeResults() => Array.IndexOf(_results, null) is >= 0 and var open
        ? throw new InvalidOperationException($"The handler left item '{Items[open].ItemId}' of operation '{OperationId}' without a result. Settle or fail each item.")
        : [.. _results.OfType<StoredResult>()];
}

/// <summary>One item cannot be applied, while the others can.</summary>
/// <param name="index">Which, from 0.</param>
/// <param name="problem">Why; where it says retryable, the caller may send it again.</param>
public sealed class OperationItemException(int index, HttpProblem problem) : Exception($"Item {index} failed: {problem}")
{
    /// <summary>Which, from 0.</summary>
    public int Index { get; } = index;

    /// <summary>Why.</summary>
    public HttpProblem Problem { get; } = problem;
}
