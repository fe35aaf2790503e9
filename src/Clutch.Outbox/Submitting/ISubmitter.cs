namespace Clutch.Outbox.Submitting;

/// <summary>Sends a submission to the target: one request. Called concurrently, never inside a database transaction.</summary>
/// <remarks>
/// The same submission may be sent again (after a crash, a time-out, a lost answer) with the same key, the same items in the same order: the request's bytes must be the same too.
/// An exception that escapes counts as <see cref="SubmitResult.Unknown"/>.
/// </remarks>
public interface ISubmitter
{
    /// <summary>Sends it and tells how that ended.</summary>
    ValueTask<SubmitResult> SubmitAsync(Submission submission, CancellationToken cancellationToken);
}
