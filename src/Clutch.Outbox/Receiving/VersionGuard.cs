using Clutch.Outbox.Operations;
using Clutch.Relational;

namespace Clutch.Outbox.Receiving;

/// <summary>Applies each version of a key at most once and never an older one after a newer, whatever is sent twice, late or out of order.</summary>
/// <remarks>
/// The highest version applied of each key lies in <c>clutch_version_high_water</c> and changes in the transaction that makes the effect: that is what makes the effect exactly
/// once. Keys are taken in one order, so that parallel transactions wait for each other and do not lock up.
/// </remarks>
public static class VersionGuard
{
    /// <summary>Applies one version, unless it or a higher one was applied.</summary>
    /// <param name="session">With an open transaction; the effect must be made within it.</param>
    /// <param name="scope">Whose key it is, such as queue and account.</param>
    /// <param name="key">The key.</param>
    /// <param name="version">The version.</param>
    /// <param name="apply">Makes the effect. Where it throws, roll the transaction back.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public static async ValueTask<ItemOutcome> ApplyAsync(
        RelationalSession session, string scope, string key, long version, Func<CancellationToken, ValueTask> apply, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(apply);
        var outcome = (await EnterAsync(session, scope, [(key, version)], cancellationToken))[0];
        if (outcome == ItemOutcome.Applied)
            await apply(cancellationToken);
        return outcome;
    }

    /// <summary>Asks for many versions with one statement, or two where some are not new; the answers have their order.</summary>
    /// <returns><see cref="ItemOutcome.Applied"/> for those whose effect the caller must now make, in this transaction.</returns>
    /// <exception cref="InvalidOperationException">No transaction is open.</exception>
    public static async ValueTask<IReadOnlyList<ItemOutcome>> EnterAsync(
        RelationalSession session, string scope, IReadOnlyList<(string Key, long Version)> versions, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(session);
        ArgumentNullException.ThrowIfNull(versions);
        if (session.Transaction is null)
            throw new InvalidOperationException("The version guard works within a transaction: begin one, make the effect in it, then commit both.");
        var highest = new SortedDictionary<string, long>(StringComparer.Ordinal);
        foreach (var (key, version) in versions)
            highest[key] = highest.TryGetValue(key, out var other) ? Math.Max(other, version) : version;
        var raised = await RaiseAsync(session, scope, highest, cancellationToken);
        var kept = await FindAsync(session, scope, [.. highest.Keys.Where(key => !raised.Contains(key))], cancellationToken);
        return Judge(versions, highest, raised, kept);
    }

    private static List<ItemOutcome> Judge(
        IReadOnlyList<(string Key, long Version)> versions, SortedDictionary<string, long> highest, HashSet<string> raised, Dictionary<string, long> kept)
    {
        var outcomes = new List<ItemOutcome>(versions.Count);
        foreach (var (key, version) in versions)
        {
            var isFirst = version == highest[key] && raised.Remove(key);
            var standing = kept.TryGetValue(key, out var before) ? before : highest[key];
            outcomes.Add(isFirst ? ItemOutcome.Applied : version == standing ? ItemOutcome.AlreadyApplied : ItemOutcome.Superseded);
        }

        return outcomes;
    }

    private static async ValueTask<HashSet<string>> RaiseAsync(RelationalSession session, string scope, SortedDictionary<string, long> versions, CancellationToken cancellationToken)
    {
        if (versions.Count == 0)
            return [];
        var statement = new Statement(ReceivingStatements.For(session.Database).RaiseVersions)
            .With("scope", scope)
            .With("keys", versions.Keys.ToArray())
            .With("versions", versions.Values.ToArray());
        return [.. await session.RunAsync(statement, Rows.All(row => row.GetString(0)), cancellationToken)];
    }

    // The rows that stay are locked by the statement before, so what is read here holds until the commit.
    private static async ValueTask<Dictionary<string, long>> FindAsync(RelationalSession session, string scope, string[] keys, CancellationToken cancellationToken)
    {
        if (keys.Length == 0)
            return [];
        var statement = new Statement(ReceivingStatements.For(session.Database).FindVersions).With("scope", scope).With("keys", keys);
        return (await session.RunAsync(statement, Rows.All(row => (Key: row.GetString(0), Version: row.GetInt64(1))), cancellationToken)).ToDictionary(row => row.Key, row => row.Version);
    }
}
