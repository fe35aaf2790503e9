using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using CalendarSync.Events;
using CalendarSync.Feeds;
using CalendarSync.Storage;
using Clutch.Executions;
using Clutch.Ical.Components;
using Clutch.Ical.Reading;
using NodaTime;

namespace CalendarSync.Jobs;

/// <summary>Reads a body against what is stored: each event is hashed as it passes, and only what is new or changed becomes an object.</summary>
internal sealed class FeedReader
{
    /// <summary>Of the reader and the zone data: when it moves, validators and hashes of before prove nothing any more.</summary>
    public static readonly string Version = $"5/{DateTimeZoneProviders.Tzdb.VersionId}";

    private const int LongestName = 200;

    // As many events as were there last time have their place from the start; more than these are rare.
    private const int MostExpected = 1_000;

    private readonly FeedRecord _feed;
    private readonly KnownEvents? _known;
    private readonly ArrayBufferWriter<byte> _workspace = new();
    private readonly StepBudget _steps = new(EventWindow.MostSteps);
    private readonly bool _readsAll;
    private readonly Dictionary<ContentHash, Found> _found;
    private readonly FeedZones _zones = new();
    private readonly FeedNotes _notes = new();
    private int _unreadable;

    private FeedReader(FeedRecord feed, KnownEvents? known, bool readsAll)
    {
        _feed = feed;
        _known = known;
        _readsAll = readsAll;
        _found = new(Math.Clamp(feed.EventCount, 0, MostExpected));
    }

    /// <summary>Reads.</summary>
    public static async Task<(ReadResult Result, FeedChanges Changes)> ReadAsync(FeedRecord feed, FetchOutcome.Fetched fetched, KnownEvents known, FeedOptions options, CancellationToken cancellationToken)
    {
        var (result, reader) = await ScanAsync(feed, fetched, known, readsAll: feed.ReaderVersion != Version, options, cancellationToken);
        // Other definitions of the feed's own zones move events whose text is the same.
        if (!reader._readsAll && reader.HasOtherZones) (result, reader) = await ScanAsync(feed, fetched, known, readsAll: true, options, cancellationToken);
        return (result, reader.Compare(result));
    }

    /// <summary>Looks whether a body holds what is stored, by the hashes alone: for servers that give new bytes at each request, nothing is read from the database.</summary>
    /// <returns>Null when it does not, or when that cannot be told from the hashes.</returns>
    public static async Task<(ReadResult Result, FeedChanges Changes)?> FindSameAsync(FeedRecord feed, FetchOutcome.Fetched fetched, FeedOptions options, CancellationToken cancellationToken)
    {
        if (feed.EventsHash is not { } stored || feed.ReaderVersion != Version) return null;
        var (result, reader) = await ScanAsync(feed, fetched, known: null, readsAll: false, options, cancellationToken);
        return result.Verdict != ReadVerdict.Reject && reader.EventsHash().AsSpan().SequenceEqual(stored)
            ? (result, reader.Compare(result))
            : null;
    }

    private static async Task<(ReadResult Result, FeedReader Reader)> ScanAsync(
        FeedRecord feed, FetchOutcome.Fetched fetched, KnownEvents? known, bool readsAll, FeedOptions options, CancellationToken cancellationToken)
    {
        var reader = new FeedReader(feed, known, readsAll);
        var scan = new CalendarScan(reader.Look, new ReadOptions { Charset = Charset.Find(fetched.Charset), Limits = new ReadLimits { BodyBytes = options.MaxBodyBytes } }, reader.LookAtSkipped);
        await fetched.Content.FeedAsync(scan, cancellationToken);
        return (scan.Complete(), reader);
    }

    private void Look(in ScannedComponent component)
    {
        if (component.Kind == ComponentKind.TimeZone) _zones.Keep(component);
        if (component.Kind != ComponentKind.Event) return;

        var hash = component.Hash;
        var revision = component.Revision;
        var key = component.KeyHash;
        var line = component.LineNumber;
        ref var found = ref Find(key, hash, revision, out var isOlder);
        if (found.IsReadable) _notes.TellDuplicate(isOlder ? line : found.LineNumber);
        if (found.IsReadable && isOlder) return;

        var content = hash;
        var isKnown = _known is null || _known.TryFind(key, out content);
        var isUnchanged = isKnown && content == hash;
        found = found with { IsKnown = isKnown, IsUnchanged = isUnchanged, LineNumber = line };
        if (isUnchanged && !_readsAll) found = found with { IsReadable = true, Event = null };
        else if (FindRow(component, hash) is { } imported) found = found with { IsReadable = true, Event = imported };
        else _unreadable++;
        // What was told of an event holds as long as the event does: a feed about which there is something to tell is looked through whole each time.
        if (found.Event is not null || _feed.LastNotes is not null) _notes.Look(component);
    }

    // An event that is there but cannot be read is not missing: what is stored of it stays.
    private void LookAtSkipped(in ScannedComponent component)
    {
        // Without a RECURRENCE-ID that can be read nobody knows which one it was meant to be.
        if (component.UidUtf8.IsEmpty || (!component.RecurrenceIdUtf8.IsEmpty && component.ToEvent().RecurrenceId is null)) return;
        var key = component.KeyHash;
        ref var found = ref Find(key, component.Hash, component.Revision, out _);
        found = found with { IsKnown = _known is null || _known.TryFind(key, out _) };
    }

    private ref Found Find(ContentHash key, ContentHash hash, ComponentRevision revision, out bool isOlder)
    {
        ref var found = ref CollectionsMarshal.GetValueRefOrAddDefault(_found, key, out var exists);
        isOlder = exists && revision < found.Revision;
        if (!isOlder) found = found with { Hash = hash, Revision = revision };
        return ref found;
    }

    // The edge of one event: times at the ends of the calendar, such as a day after 31 December 9999, cost their event and not the feed.
    private ImportedEvent? FindRow(in ScannedComponent component, ContentHash hash)
    {
        try
        {
            return ImportedEvent.Of(_feed.Id, component.ToEvent(), hash, component.Zones, _workspace, _steps);
        }
        catch (Exception fault) when (fault is ArithmeticException or ArgumentException or InvalidOperationException)
        {
            return null;
        }
    }

    private bool HasOtherZones => _known is not null && _known.CustomZones != _zones.ToString();

    private FeedChanges Compare(ReadResult result)
    {
        // Where the feed defines its zones otherwise, an event whose text is the same is another.
        var hasOtherZones = HasOtherZones;
        var known = _found.Values.Where(found => found is { IsKnown: true, Event: not null }).ToLookup(found => found.IsUnchanged && !hasOtherZones, found => found.Event!);
        return WithoutKnown(result, hasOtherZones) with { Updates = [.. known[false]], Rereads = [.. known[true]] };
    }

    private FeedChanges WithoutKnown(ReadResult result, bool hasOtherZones) => new()
    {
        Inserts = [.. _found.Values.Where(found => found is { IsKnown: false, Event: not null }).Select(found => found.Event!)],
        Deletes = _known is null ? [] : [.. _known.All.Where(known => !_found.ContainsKey(known.Key)).Select(known => known.Value.Row)],
        StoredCount = _known?.Count ?? _feed.EventCount,
        FoundCount = _known is null ? _feed.EventCount : _found.Values.Count(found => found.IsReadable || found.IsKnown),
        SkippedCount = result.SkippedCount + _unreadable,
        Notes = _notes.ToText(result, _zones),
        DisplayName = Cut(result.Calendars.Select(calendar => calendar.DisplayName).FirstOrDefault(name => name is not null)),
        CustomZones = hasOtherZones ? _zones.ToString() : null,
        RefreshHint = result.RefreshInterval?.ToApproximate().ToTimeSpan(),
        EventsHash = EventsHash(),
    };

    // A sum does not care for the order; keys are part of the hashed contents. The feed's own zones are in it, for other definitions move events.
    private byte[] EventsHash()
    {
        var zones = _zones.ToString() is { Length: > 0 } text ? ContentHash.Of(Encoding.UTF8.GetBytes(text)).Value : UInt128.Zero;
        var sum = _found.Values.Aggregate(zones, (total, found) => unchecked(total + found.Hash.Value));
        var bytes = new byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, sum);
        return bytes;
    }

    private static string? Cut(string? name) => name is null ? null : CleanText.Of(name, LongestName);

    /// <summary>What the feed holds under one key.</summary>
    /// <param name="Hash">Of the latest revision, whether or not it can be read: so it is the same for who reads hashes alone.</param>
    /// <param name="Revision">Of the same.</param>
    /// <param name="IsReadable">Whether one of them can be read.</param>
    /// <param name="IsKnown">Whether it is stored.</param>
    /// <param name="IsUnchanged">Whether it is stored as it is here.</param>
    /// <param name="Event">What to store, or null: nothing.</param>
    /// <param name="LineNumber">Where it is.</param>
    private readonly record struct Found(ContentHash Hash, ComponentRevision Revision, bool IsReadable, bool IsKnown, bool IsUnchanged, ImportedEvent? Event, int LineNumber);
}
