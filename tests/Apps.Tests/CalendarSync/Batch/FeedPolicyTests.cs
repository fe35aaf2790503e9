using CalendarSync.Feeds;
using CalendarSync.Jobs;
using CalendarSync.Storage;
using Clutch.Testing;
using Microsoft.Extensions.Options;

namespace Apps.Tests.CalendarSync.Batch;

/// <summary>When a feed is looked at again, and what is said about it.</summary>
public sealed class FeedPolicyTests
{
    private static readonly FeedRecord New = new() { Id = 1, Revision = 0, State = "new", IntervalSeconds = 21_600 };

    private readonly ManualClock _clock = new();
    private readonly FeedPolicy _policy;

    public FeedPolicyTests() => _policy = new(Options.Create(new ImportOptions()), _clock);

    [Fact]
    public void Feeds_that_were_added_together_part_after_their_first_import()
    {
        var waits = Enumerable.Range(0, 200).Select(_ => HoursUntil(_policy.Apply(New, Read(changed: true)))).ToList();

        Assert.InRange(waits.Min(), 0.25, 1.5);
        Assert.InRange(waits.Max(), 4.5, 6.0);
    }

    [Fact]
    public void Calendars_without_events_part_after_their_first_import_as_well()
    {
        var empty = new CheckResult { Outcome = SyncOutcome.Empty, Answer = new() { AnsweredBy = new("http://x.example/") }, Changes = new() { EventsHash = [] } };

        var waits = Enumerable.Range(0, 200).Select(_ => HoursUntil(_policy.Apply(New, empty))).ToList();

        Assert.InRange(waits.Min(), 0.25, 1.5);
        Assert.InRange(waits.Max(), 4.5, 6.0);
        Assert.Null(_policy.Apply(New, empty).ChangedAt);
    }

    [Fact]
    public void An_unchanged_feed_is_asked_ever_more_rarely_and_a_change_ends_that()
    {
        var feed = _policy.Apply(New, Read(changed: true));
        List<int> hours = [];
        for (var i = 0; i < 5; i++) hours.Add((feed = _policy.Apply(feed, Read(changed: false))).IntervalSeconds / 3_600);

        Assert.Equal([9, 13, 20, 24, 24], hours);
        Assert.InRange(HoursUntil(feed), 24, 26.4);
        Assert.InRange(HoursUntil(_policy.Apply(feed, Read(changed: true))), 6, 6.6);
    }

    [Theory]
    [InlineData(null, null, 6)]
    [InlineData(60, null, 1)]
    [InlineData(60, 120, 2)]
    [InlineData(120, 60, 2)]
    [InlineData(1, null, 0.25)]
    [InlineData(100_000, null, 24)]
    public void The_interval_follows_the_hints_within_limits(int? refreshMinutes, int? maxAgeMinutes, double hours)
    {
        var known = New with { SucceededAt = _clock.GetUtcNow() };

        var feed = _policy.Apply(known, Read(changed: true, Minutes(refreshMinutes), Minutes(maxAgeMinutes)));

        Assert.InRange(HoursUntil(feed), hours, hours * 1.1);
    }

    [Fact]
    public void Failures_wait_from_a_quarter_of_an_hour_to_a_day()
    {
        var feed = New;
        List<double> hours = [];
        for (var i = 0; i < 9; i++) hours.Add(HoursUntil(feed = _policy.Apply(feed, Of(SyncOutcome.Timeout))));

        Assert.InRange(hours[0], 0.25, 0.32);
        Assert.InRange(hours[3], 2, 2.5);
        Assert.InRange(hours[8], 24, 30);
    }

    [Fact]
    public void A_pause_that_the_host_asks_for_is_kept() =>
        Assert.InRange(HoursUntil(_policy.Apply(New, Of(SyncOutcome.Busy) with { Pause = TimeSpan.FromHours(5) })), 5, 6.25);

    [Theory]
    [InlineData("Denied", "auth")]
    [InlineData("WebPage", "auth")]
    [InlineData("Blocked", "blocked")]
    [InlineData("TooLarge", "failing")]
    public void Some_faults_are_looked_at_daily(string outcome, string state)
    {
        var feed = _policy.Apply(New, Of(Enum.Parse<SyncOutcome>(outcome)));

        Assert.Equal(state, feed.State);
        Assert.InRange(HoursUntil(feed), 24, 30);
    }

    [Fact]
    public void A_missing_calendar_is_told_otherwise_after_three_days()
    {
        var first = _policy.Apply(New, Of(SyncOutcome.Missing));
        _clock.Advance(TimeSpan.FromDays(3));
        var later = _policy.Apply(first, Of(SyncOutcome.Missing));

        Assert.NotEqual(first.LastError, later.LastError);
        Assert.Contains("three days", later.LastError, StringComparison.Ordinal);
    }

    [Fact]
    public void A_calendar_is_missing_from_its_first_404_on_and_not_from_other_faults_before()
    {
        var feed = _policy.Apply(New, Of(SyncOutcome.ServerFault));
        _clock.Advance(TimeSpan.FromDays(3));
        feed = _policy.Apply(feed, Of(SyncOutcome.Missing));
        Assert.DoesNotContain("three days", feed.LastError, StringComparison.Ordinal);
        _clock.Advance(TimeSpan.FromDays(2));
        feed = _policy.Apply(feed, Of(SyncOutcome.Timeout));
        _clock.Advance(TimeSpan.FromDays(1));
        feed = _policy.Apply(feed, Of(SyncOutcome.Missing));

        Assert.Contains("three days", feed.LastError, StringComparison.Ordinal);
        Assert.Equal(_clock.GetUtcNow() - TimeSpan.FromDays(6), feed.FailingSince);
    }

    [Fact]
    public void A_doubtful_answer_is_no_failure()
    {
        var feed = _policy.Apply(_policy.Apply(New, Of(SyncOutcome.Timeout)), Doubtful("one"));

        Assert.Equal((null, 0), (feed.FailingSince, feed.FailureCount));
    }

    [Fact]
    public void A_304_keeps_validators_that_it_does_not_repeat()
    {
        var known = New with { Etag = "\"a\"", LastModified = "then", ValidatorsUrl = "http://x.example/" };

        var feed = _policy.Apply(known, Of(SyncOutcome.NotModified) with { Answer = new() { AnsweredBy = new("http://x.example/") } });

        Assert.Equal(("\"a\"", "then"), (feed.Etag, feed.LastModified));
    }

    [Theory]
    [InlineData(false, "ok")]
    [InlineData(true, "partial")]
    public void What_was_not_read_again_is_as_good_as_it_was_read_last(bool isPartial, string state)
    {
        var read = Read(changed: true);
        var feed = _policy.Apply(New, read with { IsPartial = isPartial, Changes = read.Changes! with { Notes = "line 7: Nobody knows the time zone 'Nowhere'." } });

        Assert.Equal(state, _policy.Apply(feed, Of(SyncOutcome.NotModified)).State);
        Assert.Equal(state, _policy.Apply(_policy.Apply(feed, Of(SyncOutcome.Timeout)), Of(SyncOutcome.SameBody)).State);
    }

    [Theory]
    [InlineData(10, 0, 10, true)]
    [InlineData(100, 50, 50, false)]
    [InlineData(100, 49, 51, true)]
    [InlineData(30, 10, 20, false)]
    [InlineData(30, 9, 21, true)]
    [InlineData(0, 0, 0, false)]
    public void A_feed_that_lost_most_of_its_events_is_suspicious(int stored, int found, int gone, bool isSuspicious)
    {
        var changes = new FeedChanges { StoredCount = stored, FoundCount = found, Deletes = [.. Enumerable.Range(0, gone).Select(i => new EventRowKey(1, $"{i}", ""))], EventsHash = [] };

        Assert.Equal(isSuspicious, FeedPolicy.IsSuspicious(changes));
    }

    [Fact]
    public void Suspicious_answers_that_differ_lend_each_other_no_age()
    {
        var feed = _policy.Apply(New, Doubtful("one"));
        _clock.Advance(TimeSpan.FromMinutes(65));
        feed = _policy.Apply(feed, Doubtful("two"));
        _clock.Advance(TimeSpan.FromMinutes(5));
        feed = _policy.Apply(feed, Doubtful("two"));

        Assert.Equal(1, feed.SuspiciousCount);
    }

    [Fact]
    public void Suspicious_answers_agree_on_what_is_gone_though_what_is_there_is_written_anew_each_time()
    {
        var feed = New;
        for (byte answer = 1; answer <= 2; answer++)
        {
            feed = _policy.Apply(feed, Doubtful("one", rest: answer));
            Assert.False(_policy.IsConfirmed(feed, Doubtful("one", rest: 3).Changes!));
            _clock.Advance(TimeSpan.FromMinutes(65));
        }

        Assert.True(_policy.IsConfirmed(feed, Doubtful("one", rest: 3).Changes!));
    }

    private static CheckResult Doubtful(string gone, byte rest = 0) => Of(SyncOutcome.Suspicious) with { Changes = new() { Deletes = [new(1, gone, "")], EventsHash = [rest] } };

    private static TimeSpan? Minutes(int? minutes) => minutes is { } given ? TimeSpan.FromMinutes(given) : null;

    private static CheckResult Of(SyncOutcome outcome) => new() { Outcome = outcome };

    private static CheckResult Read(bool changed, TimeSpan? refresh = null, TimeSpan? maxAge = null) => new()
    {
        Outcome = changed ? SyncOutcome.Updated : SyncOutcome.Unchanged,
        Answer = new() { AnsweredBy = new("http://x.example/"), MaxAge = maxAge },
        Changes = new() { EventsHash = [], RefreshHint = refresh, FoundCount = 1, StoredCount = 1, Deletes = changed ? [new(1, "gone", "")] : [] },
    };

    private double HoursUntil(FeedRecord feed) => (feed.NextDueAt!.Value - _clock.GetUtcNow()).TotalHours;
}
