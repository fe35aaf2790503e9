namespace Clutch.Outbox.Operations;

/// <summary>Asks the target what became of operations. Called concurrently, never inside a database transaction.</summary>
public interface IOperationClient
{
    /// <summary>Asks for many operations, in one call where the target can.</summary>
    /// <returns>
    /// One status for each handle known to the target, matched by correlation id, and by the whole handle where several of those asked for share theirs. A handle it does not know is <see cref="OperationState.Lost"/>; one that is left out is asked again later.
    /// </returns>
    /// <exception cref="Exception">The target could not be asked: all of them are asked again later. Nothing is lost by it.</exception>
    ValueTask<IReadOnlyList<OperationStatus>> GetStatusAsync(IReadOnlyList<OperationHandle> operations, CancellationToken cancellationToken);

    /// <summary>Asks the target to stop working on an operation; it may end in any way.</summary>
    ValueTask CancelAsync(OperationHandle operation, CancellationToken cancellationToken);
}
