using CalendarSync.Feeds;
using Clutch.Ical.Reading;
using Clutch.Relational;
using Microsoft.Extensions.Options;

namespace CalendarSync.Jobs;

/// <summary>Checks one feed: fetches it, reads it against what is stored, and says what follows. A broken feed is an outcome here, and never the end of others.</summary>
internal sealed class FeedCheck(
    FeedFetcher fetcher, OutboundGuard guard, FeedPolicy policy, RelationalDatabase database, IOptions<FeedOptions> options, TimeProvider timeProvider, ILogger<FeedCheck> logger)
{
    /// <summary>Asks the feed's server.</summary>
    public async Task<FetchedFeed> FetchAsync(DueFeed due, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(due);
        var started = timeProvider.GetTimestamp();
        var outcome = await AskAsync(due, cancellationToken);
        return await CompareHashesAsync(new(due, outcome, timeProvider.GetElapsedTime(started)), cancellationToken);
    }

    /// <summary>Whether the body must be read against what is stored: it differs from the last one, and so do its events, or the reader does.</summary>
    public static bool NeedsReading(FetchedFeed fetched)
    {
        ArgumentNullException.ThrowIfNull(fetched);
        return fetched.Same is null && fetched.Outcome is FetchOutcome.Fetched { Content: var content } && !(IsCurrent(fetched.Due) && fetched.Due.Feed.BodyHash is { } known && known.AsSpan().SequenceEqual(content.Digest));
    }

    /// <summary>Why a body that was refused is none to take events from.</summary>
    public static SyncOutcome RefusalOf(ReadResult result, FetchOutcome.Fetched body) => result.Rejection?.Kind switch
    {
        FaultKind.TooLarge or FaultKind.TooManyComponents or FaultKind.TooDeep => SyncOutcome.TooLarge,
        FaultKind.NotCalendar when body.Content.LooksLikeMarkup => SyncOutcome.WebPage,
        _ => SyncOutcome.Rejected,
    };

    /// <summary>Says what follows from an answer.</summary>
    /// <param name="fetched">The answer.</param>
    /// <param name="known">What is stored of the feed; needed where <see cref="NeedsReading"/>.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public async Task<FeedSync> ConcludeAsync(FetchedFeed fetched, KnownEvents? known, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(fetched);
        var feed = fetched.Due.Feed;
        if (fetched.Outcome is FetchOutcome.PutOff later) return new(feed, policy.PutOff(feed, later.Until), null, null);

        var check = fetched.Outcome switch
        {
            FetchOutcome.Fetched body when fetched.Same is var (result, changes) => Of(OutcomeOf(changes, isDoubtful: false)) with
            {
                Changes = changes,
                Answer = body.Answer,
                BodyBytes = body.Content.Length,
                BodyHash = body.Content.Digest,
                IsPartial = result.Verdict == ReadVerdict.Partial,
            },
            FetchOutcome.Fetched body when known is not null => await ReadAsync(fetched, body, known, cancellationToken),
            FetchOutcome.Fetched body => Of(SyncOutcome.SameBody) with { Answer = body.Answer, BodyBytes = body.Content.Length, BodyHash = body.Content.Digest },
            FetchOutcome.NotModified same => Of(SyncOutcome.NotModified) with { Answer = same.Answer },
            FetchOutcome.Busy busy => Of(SyncOutcome.Busy) with { Pause = busy.RetryAfter },
            _ => Of(OutcomeWords.Of(fetched.Outcome)),
        };
        check = check with { Duration = fetched.Duration };
        var isGood = IsGood(check.Outcome);
        return new(feed, policy.Apply(feed, check), isGood ? check.Changes : null, isGood ? check.Answer?.MovedTo : null);
    }

    // A server that sends everybody to its login page for a day moves no calendar there.
    private static bool IsGood(SyncOutcome outcome) => outcome is SyncOutcome.Updated or SyncOutcome.Unchanged or SyncOutcome.Empty or SyncOutcome.SameBody or SyncOutcome.NotModified;

    private async Task<FetchOutcome> AskAsync(DueFeed due, CancellationToken cancellationToken)
    {
        try
        {
            return FeedAddress.TryParse(due.Url, guard, out var address, out _) ? await fetcher.FetchAsync(RequestFor(due, address), cancellationToken) : new FetchOutcome.Blocked();
        }
        catch (Exception fault) when (!cancellationToken.IsCancellationRequested)
        {
            // The edge of one feed, as where it is read: the others go on.
            logger.FeedCheckFailed(due.Feed.Id, fault);
            return new FetchOutcome.Faulted();
        }
    }

    private async Task<FetchedFeed> CompareHashesAsync(FetchedFeed fetched, CancellationToken cancellationToken)
    {
        if (!NeedsReading(fetched)) return fetched;
        try
        {
            return fetched with { Same = await FeedReader.FindSameAsync(fetched.Due.Feed, (FetchOutcome.Fetched)fetched.Outcome, options.Value, cancellationToken) };
        }
        catch (Exception) when (!cancellationToken.IsCancellationRequested)
        {
            // Reading it against what is stored meets the same fault, and makes it this feed's outcome.
            return fetched;
        }
    }

    private static bool IsCurrent(DueFeed due) => due.Feed.ReaderVersion == FeedReader.Version;

    // Validators of another reader, or of a suspicious answer, would answer 304 where the body is wanted.
    private static FetchRequest RequestFor(DueFeed due, FeedAddress address) => IsCurrent(due)
        ? new FetchRequest { Address = address, ETag = due.Feed.Etag, LastModified = due.Feed.LastModified, ValidatorsOf = AddressOf(due.Feed.ValidatorsUrl) }
        : new FetchRequest { Address = address };

    private static Uri? AddressOf(string? text) => text is not null && Uri.TryCreate(text, UriKind.Absolute, out var address) ? address : null;

    private static CheckResult Of(SyncOutcome outcome) => new() { Outcome = outcome };

    private async Task<CheckResult> ReadAsync(FetchedFeed fetched, FetchOutcome.Fetched body, KnownEvents known, CancellationToken cancellationToken)
    {
        try
        {
            var (result, changes) = await FeedReader.ReadAsync(fetched.Due.Feed, body, known, options.Value, cancellationToken);
            var check = result.Verdict == ReadVerdict.Reject ? Of(RefusalOf(result, body)) : await JudgeAsync(fetched, changes, cancellationToken);
            return check with { Answer = body.Answer, BodyBytes = body.Content.Length, BodyHash = body.Content.Digest, IsPartial = result.Verdict == ReadVerdict.Partial };
        }
        catch (Exception fault) when (!cancellationToken.IsCancellationRequested && !database.IsTransient(fault))
        {
            // The edge of one feed: whatever it did to the reader, the others go on.
            logger.FeedCheckFailed(fetched.Due.Feed.Id, fault);
            return Of(SyncOutcome.OurFault);
        }
    }

    private async Task<CheckResult> JudgeAsync(FetchedFeed fetched, FeedChanges changes, CancellationToken cancellationToken)
    {
        if (UnstableUids.MayHave(changes)) changes = await UnstableUids.PairAsync(database, fetched.Due.Feed.Id, changes, cancellationToken);
        var isDoubtful = FeedPolicy.IsSuspicious(changes) && !policy.IsConfirmed(fetched.Due.Feed, changes);
        return Of(OutcomeOf(changes, isDoubtful)) with { Changes = changes };
    }

    private static SyncOutcome OutcomeOf(FeedChanges changes, bool isDoubtful)
    {
        if (isDoubtful) return SyncOutcome.Suspicious;
        if (!changes.IsEmpty) return SyncOutcome.Updated;
        return changes.FoundCount == 0 ? SyncOutcome.Empty : SyncOutcome.Unchanged;
    }
}

/// <summary>A feed and what its server answered. It holds the body until it is disposed.</summary>
internal sealed record FetchedFeed(DueFeed Due, FetchOutcome Outcome, TimeSpan Duration) : IDisposable
{
    /// <summary>What the body holds, where its hashes tell that it is what is stored; else null.</summary>
    public (ReadResult Result, FeedChanges Changes)? Same { get; init; }

    /// <inheritdoc/>
    public void Dispose() => (Outcome as FetchOutcome.Fetched)?.Content.Dispose();
}
