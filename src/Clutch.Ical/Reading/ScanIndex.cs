using System.Runtime.InteropServices;
using Clutch.Ical.Components;

namespace Clutch.Ical.Reading;

/// <summary>What a scan found under one key.</summary>
/// <param name="Hash">The content.</param>
/// <param name="Revision">Its revision.</param>
/// <param name="LineNumber">The line of its BEGIN.</param>
public readonly record struct ScanEntry(ContentHash Hash, ComponentRevision Revision, int LineNumber);

/// <summary>The events of a feed by key, without their texts: about 100 bytes each. Of several with one key the latest revision wins.</summary>
public sealed class ScanIndex
{
    private readonly Dictionary<ContentHash, ScanEntry> _entries = [];

    /// <summary>The entries by <see cref="ScannedComponent.KeyHash"/>.</summary>
    public IReadOnlyDictionary<ContentHash, ScanEntry> Entries => _entries;

    /// <summary>Events that lost against another one with the same key.</summary>
    public int DuplicateCount { get; private set; }

    /// <summary>Takes note of an event; other components are passed over. The last of equal revisions wins.</summary>
    public void Add(in ScannedComponent component)
    {
        if (component.Kind != ComponentKind.Event) return;
        var entry = new ScanEntry(component.Hash, component.Revision, component.LineNumber);
        ref var known = ref CollectionsMarshal.GetValueRefOrAddDefault(_entries, component.KeyHash, out var exists);
        if (exists) DuplicateCount++;
        if (!exists || entry.Revision >= known.Revision) known = entry;
    }
}
