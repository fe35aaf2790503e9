using Clutch.Outbox.Operations;
using Clutch.Outbox.Submitting;

namespace Clutch.Benchmarks.Outbox;

/// <summary>Accepts at once and is done as soon as it is asked: what remains is the outbox.</summary>
internal sealed class InstantTarget : ISubmitter, IOperationClient
{
    public ValueTask<SubmitResult> SubmitAsync(Submission submission, CancellationToken cancellationToken) =>
        ValueTask.FromResult<SubmitResult>(new SubmitResult.Accepted(new(submission.IdempotencyKey)));

    public ValueTask<IReadOnlyList<OperationStatus>> GetStatusAsync(IReadOnlyList<OperationHandle> operations, CancellationToken cancellationToken) =>
        ValueTask.FromResult<IReadOnlyList<OperationStatus>>([.. operations.Select(static operation => new OperationStatus { Operation = operation, State = OperationState.Succeeded })]);

    public ValueTask CancelAsync(OperationHandle operation, CancellationToken cancellationToken) => ValueTask.CompletedTask;
}
