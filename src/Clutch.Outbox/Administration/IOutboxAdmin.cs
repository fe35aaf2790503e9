namespace Clutch.Outbox.Administration;

/// <summary>What an operator does with the outbox, and sees of it.</summary>
public interface IOutboxAdmin
{
    /// <summary>Stops sending a channel, or one of its groups, in all processes; operations under way are still polled.</summary>
    ValueTask PauseAsync(string channel, string? group, CancellationToken cancellationToken);

    /// <summary>Sends again, and forgets a channel fault or an open breaker.</summary>
    /// <remarks>Resuming a channel says that it is in order: of what the target had refused before for its content, all that it refuses once more fails.</remarks>
    ValueTask ResumeAsync(string channel, string? group, CancellationToken cancellationToken);

    /// <summary>How the channel stands: counts, ages, fault, pause. It counts all messages that retention keeps.</summary>
    ValueTask<ChannelStatistics> GetStatisticsAsync(string channel, CancellationToken cancellationToken);

    /// <summary>As <see cref="GetStatisticsAsync"/>, but what is synced or superseded is not counted: what it costs does not grow with what was done, so that it can be asked every few seconds.</summary>
    ValueTask<ChannelStatistics> GetBacklogAsync(string channel, CancellationToken cancellationToken);

    /// <summary>How the groups of a channel stand, by name.</summary>
    ValueTask<IReadOnlyList<GroupStatistics>> ListGroupsAsync(string channel, CancellationToken cancellationToken);

    /// <summary>A page of messages by number.</summary>
    /// <param name="filter">Which.</param>
    /// <param name="after">Only those with a higher number; 0 for the first page.</param>
    /// <param name="count">How many at most: 1 to 10,000.</param>
    /// <param name="cancellationToken">Cancels.</param>
    ValueTask<IReadOnlyList<OutboxMessageView>> ListMessagesAsync(MessageFilter filter, long after, int count, CancellationToken cancellationToken);

    /// <summary>Failed messages by kind and problem type, most first.</summary>
    ValueTask<IReadOnlyList<FailureGroup>> ListFailuresAsync(string channel, CancellationToken cancellationToken);

    /// <summary>Operations and requests under way, oldest first.</summary>
    ValueTask<IReadOnlyList<SubmissionView>> ListSubmissionsAsync(string channel, int count, CancellationToken cancellationToken);

    /// <summary>What a re-drive would do; nothing is changed.</summary>
    ValueTask<RedriveResult> PreviewRedriveAsync(MessageFilter filter, CancellationToken cancellationToken);

    /// <summary>Sends failed messages again with fresh attempts and without their expiry; one whose key has a newer version synced or under way is superseded instead.</summary>
    /// <remarks>
    /// In batches, each its own transaction. The same command again goes on where it was cut off and does nothing twice. Where the latest wins, a newer version that failed too supersedes as
    /// well, unless an operator cancelled it: of several failed versions of a key only the newest is sent again.
    /// </remarks>
    /// <exception cref="ArgumentException">The command was given before with another filter.</exception>
    ValueTask<RedriveResult> RedriveAsync(Redrive redrive, CancellationToken cancellationToken);

    /// <summary>Marks failed messages as seen, so that retention may delete them. Answers how many.</summary>
    ValueTask<int> AcknowledgeAsync(MessageFilter filter, CancellationToken cancellationToken);

    /// <summary>Fails messages that wait to be sent, as cancelled. Those under way stay. Answers how many.</summary>
    ValueTask<int> CancelAsync(MessageFilter filter, CancellationToken cancellationToken);

    /// <summary>Asks the target to stop working on a submission's operation; true where there was one under way.</summary>
    ValueTask<bool> CancelOperationAsync(long submissionId, CancellationToken cancellationToken);

    /// <summary>All that happened to a key: each version, its submission, its faulty attempts, in order of time.</summary>
    ValueTask<IReadOnlyList<TimelineEntry>> GetTimelineAsync(string channel, string group, string key, CancellationToken cancellationToken);
}
