using System.Collections.Concurrent;
using System.Globalization;
using Clutch.Outbox.Operations;
using Clutch.Outbox.Submitting;

namespace Clutch.Database.Tests.Outbox;

/// <summary>A target in memory: accepts with an operation, tells requests apart by their key, applies by version, and keeps a ledger of every effect.</summary>
public sealed class FakeTarget : ISubmitter, IOperationClient
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, (string Operation, string Fingerprint)> _keys = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Operation> _operations = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Group, string Key), long> _versions = [];
    private readonly List<(string Group, string Key, long Version)> _ledger = [];
    private int _nextOperation;

    /// <summary>Answers instead of the target, which then never sees the request; null to let it through.</summary>
    public Func<Submission, SubmitResult?>? Before { get; set; }

    /// <summary>Takes the place of the answer to a request that was accepted; null to let it through.</summary>
    public Func<Submission, SubmitResult?>? After { get; set; }

    /// <summary>What becomes of an item instead of being applied; null to apply it.</summary>
    public Func<SubmissionItem, ItemResult?>? Item { get; set; }

    /// <summary>Whether operations end as soon as they are asked for; true by default.</summary>
    public bool Finishes { get; set; } = true;

    /// <summary>Whether it answers for the items at once.</summary>
    public bool IsSynchronous { get; set; }

    /// <summary>Changes a status before it is told.</summary>
    public Func<OperationStatus, OperationStatus?>? Status { get; set; }

    public ConcurrentQueue<Submission> Requests { get; } = new();

    public int OperationCount
    {
        get
        {
            lock (_lock)
                return _operations.Count;
        }
    }

    /// <summary>Requests that came with a key of another content.</summary>
    public int KeyConflictCount { get; private set; }

    public IReadOnlyList<(string Group, string Key, long Version)> Ledger
    {
        get
        {
            lock (_lock)
                return [.. _ledger];
        }
    }

    public long VersionOf(string group, string key)
    {
        lock (_lock)
            return _versions.GetValueOrDefault((group, key));
    }

    public ValueTask<SubmitResult> SubmitAsync(Submission submission, CancellationToken cancellationToken)
    {
        Requests.Enqueue(submission);
        return ValueTask.FromResult(Before?.Invoke(submission) ?? Accept(submission));
    }

    public ValueTask<IReadOnlyList<OperationStatus>> GetStatusAsync(IReadOnlyList<OperationHandle> operations, CancellationToken cancellationToken)
    {
        lock (_lock)
            return ValueTask.FromResult<IReadOnlyList<OperationStatus>>([.. operations.Select(StatusOf).Select(status => Status is null ? status : Status(status)).OfType<OperationStatus>()]);
    }

    public ValueTask CancelAsync(OperationHandle operation, CancellationToken cancellationToken)
    {
        lock (_lock)
            _operations[operation.CorrelationId].State = OperationState.Cancelled;
        return ValueTask.CompletedTask;
    }

    /// <summary>Forgets all operations, and the keys that lead to them.</summary>
    public void Forget()
    {
        lock (_lock)
        {
            _operations.Clear();
            _keys.Clear();
        }
    }

    /// <summary>No version was applied twice, and no key ever went back.</summary>
    public void AssertExact()
    {
        foreach (var versions in Ledger.GroupBy(effect => (effect.Group, effect.Key), effect => effect.Version))
            Assert.Equal(versions.Distinct().Order(), versions);
        Assert.Equal(0, KeyConflictCount);
    }

    private SubmitResult Accept(Submission submission)
    {
        lock (_lock)
        {
            var fingerprint = string.Join('|', submission.Items.Select(item => string.Create(CultureInfo.InvariantCulture, $"{item.ItemId}:{item.Key}:{item.Version}")));
            if (_keys.TryGetValue(submission.IdempotencyKey, out var known) && known.Fingerprint != fingerprint)
            {
                KeyConflictCount++;
                return new SubmitResult.KeyConflict(new("key-reuse"));
            }

            if (known.Operation is null)
            {
                known = ((++_nextOperation).ToString(CultureInfo.InvariantCulture), fingerprint);
                _keys[submission.IdempotencyKey] = known;
                _operations[known.Operation] = new(submission);
            }

            if (After?.Invoke(submission) is { } other)
                return other;
            return IsSynchronous ? new SubmitResult.Completed(Finish(_operations[known.Operation])) : new SubmitResult.Accepted(new(known.Operation));
        }
    }

    private OperationStatus StatusOf(OperationHandle handle)
    {
        if (!_operations.TryGetValue(handle.CorrelationId, out var operation))
            return new() { Operation = handle, State = OperationState.Lost };
        if (operation.State is OperationState.Cancelled)
            return new() { Operation = handle, State = OperationState.Cancelled };
        if (!Finishes)
            return new() { Operation = handle, State = OperationState.Running };
        var results = Finish(operation);
        return new()
        {
            Operation = handle,
            State = results.All(result => result.Outcome is not ItemOutcome.Failed) ? OperationState.Succeeded : OperationState.PartiallySucceeded,
            Items = results,
        };
    }

    private IReadOnlyList<ItemResult> Finish(Operation operation) => operation.Results ??= [.. operation.Submission.Items.Select(item => Apply(operation.Submission.Group, item))];

    private ItemResult Apply(string group, SubmissionItem item)
    {
        if (Item?.Invoke(item) is { } other)
            return other;
        var current = _versions.GetValueOrDefault((group, item.Key));
        if (item.Version == current)
            return new(item.ItemId, ItemOutcome.AlreadyApplied);
        if (item.Version < current)
            return new(item.ItemId, ItemOutcome.Superseded);
        _versions[(group, item.Key)] = item.Version;
        _ledger.Add((group, item.Key, item.Version));
        return new(item.ItemId, ItemOutcome.Applied);
    }

    private sealed class Operation(Submission submission)
    {
        public Submission Submission { get; } = submission;

        public OperationState State { get; set; } = OperationState.Running;

        public IReadOnlyList<ItemResult>? Results { get; set; }
    }
}
