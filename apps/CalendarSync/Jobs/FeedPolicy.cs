using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using CalendarSync.Feeds;
using CalendarSync.Storage;
using Microsoft.Extensions.Options;

namespace CalendarSync.Jobs;

/// <summary>What follows from a check: the feed's state, what is remembered of the answer, and when to look again.</summary>
internal sealed class FeedPolicy(IOptions<ImportOptions> options, TimeProvider timeProvider)
{
    private const int JumpingEventCount = 20;
    private const int AgreementsToBelieve = 3;
    private static readonly TimeSpan AgreementGap = TimeSpan.FromHours(1);
    private static readonly TimeSpan Daily = TimeSpan.FromHours(24);

    private readonly ImportOptions _options = options.Value;

    /// <summary>Whether a feed lost so much that its server may be at fault: all events, or more than half and more than twenty.</summary>
    public static bool IsSuspicious(FeedChanges changes)
    {
        ArgumentNullException.ThrowIfNull(changes);
        var gone = changes.Deletes.Count;
        return (changes.FoundCount == 0 && changes.StoredCount > 0) || (gone > JumpingEventCount && gone * 2 > changes.StoredCount);
    }

    /// <summary>Whether a suspicious answer has been confirmed by two more, an hour apart at least.</summary>
    public bool IsConfirmed(FeedRecord feed, FeedChanges changes)
    {
        ArgumentNullException.ThrowIfNull(changes);
        return AgreementsAfter(feed, HashOfGone(changes)) >= AgreementsToBelieve;
    }

    /// <summary>The feed after the check.</summary>
    public FeedRecord Apply(FeedRecord feed, CheckResult check)
    {
        ArgumentNullException.ThrowIfNull(feed);
        ArgumentNullException.ThrowIfNull(check);
        var now = timeProvider.GetUtcNow();
        var seen = feed with
        {
            Revision = feed.Revision + 1,
            CheckedAt = now,
            LastOutcome = check.Outcome.ToString(),
            LastBodyBytes = check.BodyBytes,
            LastInserted = 0,
            LastUpdated = 0,
            LastDeleted = 0,
            LastSkipped = 0,
            LastDurationMs = (int)Math.Min(check.Duration.TotalMilliseconds, int.MaxValue),
        };
        return check.Outcome switch
        {
            SyncOutcome.Updated or SyncOutcome.Unchanged or SyncOutcome.Empty => Read(seen, check, now),
            SyncOutcome.SameBody or SyncOutcome.NotModified => Unchanged(seen, check, now),
            SyncOutcome.Suspicious => Suspicious(seen, check, now),
            SyncOutcome.Gone => Fail(seen, check, now, "gone", wait: null) with { NextDueAt = null },
            SyncOutcome.Denied or SyncOutcome.WebPage => Fail(seen, check, now, "auth", Daily),
            SyncOutcome.Blocked => Fail(seen, check, now, "blocked", Daily),
            SyncOutcome.TooLarge => Fail(seen, check, now, "failing", Daily),
            _ => Fail(seen, check, now, "failing", wait: null),
        };
    }

    /// <summary>The feed when its turn did not come.</summary>
    public FeedRecord PutOff(FeedRecord feed, DateTimeOffset until)
    {
        ArgumentNullException.ThrowIfNull(feed);
        return feed with { Revision = feed.Revision + 1, NextDueAt = until };
    }

    private FeedRecord Read(FeedRecord feed, CheckResult check, DateTimeOffset now)
    {
        var changes = check.Changes ?? throw new UnreachableException("A feed that was read has changes, if only none.");
        var hint = Hint(changes.RefreshHint, check.Answer?.MaxAge);
        var read = Succeeded(feed with { IsPartial = check.IsPartial }, check, now) with
        {
            HintSeconds = (int?)hint?.TotalSeconds,
            DisplayName = changes.DisplayName,
            EventCount = changes.FoundCount,
            EventsHash = changes.EventsHash,
            LastNotes = changes.Notes,
            LastInserted = changes.Inserts.Count,
            LastUpdated = changes.Updates.Count + changes.Renames.Count,
            LastDeleted = changes.Deletes.Count,
            LastSkipped = changes.SkippedCount,
        };
        var isFirst = feed.SucceededAt is null;
        if (changes.IsEmpty) return isFirst ? Soon(read, now, isFirst) : Later(read, now);
        return Soon(read with { ChangedAt = now, UnchangedCount = 0 }, now, isFirst);
    }

    private FeedRecord Unchanged(FeedRecord feed, CheckResult check, DateTimeOffset now) =>
        Later(Succeeded(feed, check, now), now);

    private static FeedRecord Succeeded(FeedRecord feed, CheckResult check, DateTimeOffset now) => feed with
    {
        State = feed.IsPartial ? "partial" : "ok",
        SucceededAt = now,
        FailingSince = null,
        MissingSince = null,
        FailureCount = 0,
        LastError = null,
        SuspiciousCount = 0,
        SuspiciousHash = null,
        SuspiciousAt = null,
        // A 304 may leave its validators out: then those of the answer it stands for hold on (RFC 9110, 15.4.5).
        Etag = check.Answer?.ETag ?? (check.Outcome == SyncOutcome.NotModified ? feed.Etag : null),
        LastModified = check.Answer?.LastModified ?? (check.Outcome == SyncOutcome.NotModified ? feed.LastModified : null),
        ValidatorsUrl = check.Answer?.AnsweredBy.AbsoluteUri ?? feed.ValidatorsUrl,
        BodyHash = check.BodyHash ?? feed.BodyHash,
        ReaderVersion = FeedReader.Version,
    };

    // Nothing of a doubtful answer is remembered but what it lacks: validators would turn its confirmation into a 304.
    private FeedRecord Suspicious(FeedRecord feed, CheckResult check, DateTimeOffset now)
    {
        var hash = HashOfGone(check.Changes!);
        var count = AgreementsAfter(feed, hash);
        return feed with
        {
            State = "suspicious",
            FailingSince = null,
            MissingSince = null,
            FailureCount = 0,
            LastError = OutcomeWords.For(check.Outcome, TimeSpan.Zero),
            Etag = null,
            LastModified = null,
            BodyHash = null,
            SuspiciousCount = count,
            SuspiciousHash = hash,
            SuspiciousAt = Agrees(feed, hash) && count == feed.SuspiciousCount ? feed.SuspiciousAt : now,
            NextDueAt = now + AgreementGap + (TimeSpan.FromMinutes(6) * Share()),
        };
    }

    private int AgreementsAfter(FeedRecord feed, byte[] hash)
    {
        if (!Agrees(feed, hash)) return 1;
        return timeProvider.GetUtcNow() - feed.SuspiciousAt >= AgreementGap ? feed.SuspiciousCount + 1 : feed.SuspiciousCount;
    }

    // Answers agree on what is gone. What is there may differ each time: some servers write LAST-MODIFIED anew at each request.
    private static byte[] HashOfGone(FeedChanges changes) =>
        SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', changes.Deletes.Select(row => $"{row.Uid}\t{row.Instance}").Order(StringComparer.Ordinal))));

    private static bool Agrees(FeedRecord feed, byte[] hash) => feed.SuspiciousHash is { } known && known.AsSpan().SequenceEqual(hash);

    private FeedRecord Fail(FeedRecord feed, CheckResult check, DateTimeOffset now, string state, TimeSpan? wait)
    {
        var missing = check.Outcome == SyncOutcome.Missing ? feed.MissingSince ?? now : feed.MissingSince;
        var failures = feed.FailureCount + 1;
        var pause = wait ?? Limit(_options.MinInterval * Math.Pow(2, Math.Min(failures - 1, 20)));
        if (check.Pause > pause) pause = check.Pause.Value;
        return feed with
        {
            State = state,
            FailingSince = feed.FailingSince ?? now,
            MissingSince = missing,
            FailureCount = failures,
            LastError = OutcomeWords.For(check.Outcome, missingFor: now - missing ?? TimeSpan.Zero),
            NextDueAt = now + pause + (pause * 0.25 * Share()),
        };
    }

    private FeedRecord Soon(FeedRecord feed, DateTimeOffset now, bool isFirst)
    {
        var interval = feed.HintSeconds is { } hint ? Limit(TimeSpan.FromSeconds(hint)) : _options.DefaultInterval;
        // Feeds that were added together part here: the first wait lies anywhere in the interval.
        var wait = isFirst ? _options.MinInterval + ((interval - _options.MinInterval) * Share()) : interval + (interval * 0.1 * Share());
        return feed with { IntervalSeconds = (int)interval.TotalSeconds, NextDueAt = now + wait };
    }

    private FeedRecord Later(FeedRecord feed, DateTimeOffset now)
    {
        var interval = Limit(TimeSpan.FromSeconds(Math.Max(feed.IntervalSeconds, feed.HintSeconds ?? 0)) * 1.5);
        return feed with { UnchangedCount = feed.UnchangedCount + 1, IntervalSeconds = (int)interval.TotalSeconds, NextDueAt = now + interval + (interval * 0.1 * Share()) };
    }

    private static TimeSpan? Hint(TimeSpan? refresh, TimeSpan? maxAge) => refresh is null ? maxAge : maxAge > refresh ? maxAge : refresh;

    private TimeSpan Limit(TimeSpan interval) => interval < _options.MinInterval ? _options.MinInterval : interval > _options.MaxInterval ? _options.MaxInterval : interval;

    // Spreads load; nothing secret hangs on it.
#pragma warning disable CA5394
    private static double Share() => Random.Shared.NextDouble();
#pragma warning restore CA5394
}
