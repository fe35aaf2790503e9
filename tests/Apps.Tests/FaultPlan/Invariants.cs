namespace Apps.Tests.FaultPlan;

/// <summary>A promise that was broken, and the SKU at which it shows (null when it is none of a single SKU).</summary>
internal sealed record Violation(string Invariant, SkuName? Name, string Text)
{
    public override string ToString() => $"{Invariant} {Name}: {Text}";
}

/// <summary>What must hold when the storm is over. The numbers are those of the specification of the SKU synchronisation, section 2.</summary>
internal static class Invariants
{
    private const int MostAttempts = 8;

    public static IReadOnlyList<Violation> Check(Books books) =>
    [
        .. TargetEqualsSource(books), .. LedgerRisesOncePerVersion(books), .. VersionsAreWithoutGap(books), .. NothingIsLeft(books), .. FailedAreTheBadOnes(books),
        .. WhatEndedStaysEnded(books), .. AttemptsAreBounded(books), .. DuplicatesAreExplained(books), .. OperationsBelongToSubmissions(books), .. NoChangeWritesNothing(books),
        .. DeletedAreTheDeletedOnes(books), .. NoKeyIsReused(books),
    ];

    private static IEnumerable<Violation> TargetEqualsSource(Books books)
    {
        var target = books.Target.ToDictionary(sku => sku.Name);
        foreach (var sku in books.Source)
        {
            target.Remove(sku.Name, out var found);
            var isThere = found is { IsDeleted: false };
            if (sku.IsDeleted || sku.IsBad ? isThere : !isThere || found!.Hash != sku.Hash)
                yield return new("I1", sku.Name, sku.IsDeleted ? "deleted at the source, alive at the target" : sku.IsBad ? "bad, and yet at the target" : isThere ? "the target has other content" : "missing at the target");
        }

        foreach (var name in target.Keys)
            yield return new("I1", name, "the source never had it");
    }

    private static IEnumerable<Violation> LedgerRisesOncePerVersion(Books books)
    {
        foreach (var effects in books.Ledger.GroupBy(effect => effect.Name))
        {
            var last = 0L;
            foreach (var effect in effects.OrderBy(effect => effect.Sequence))
            {
                if (effect.Version == last)
                    yield return new("I2", effect.Name, $"version {last} took effect twice");
                else if (effect.Version < last)
                    yield return new("I3", effect.Name, $"version {effect.Version} took effect after version {last}");
                last = effect.Version;
            }
        }
    }

    private static IEnumerable<Violation> VersionsAreWithoutGap(Books books)
    {
        var messages = books.Messages.ToLookup(message => message.Name);
        foreach (var known in books.Known)
        {
            var versions = messages[known.Name].Select(message => message.Version).Order().ToList();
            if (versions.Count == 0 || versions[^1] != known.Version)
                yield return new("I4", known.Name, $"the interface table has version {known.Version}, the outbox {versions.LastOrDefault()}");
            else if (!versions.SequenceEqual(Enumerable.Range(1, versions.Count).Select(version => (long)version)))
                yield return new("I4", known.Name, $"the outbox has the versions {string.Join(' ', versions)}");
        }
    }

    private static IEnumerable<Violation> NothingIsLeft(Books books) =>
        books.Messages.Where(message => message.Status is 0 or 1).Select(message => new Violation("I5", message.Name, $"version {message.Version} is still {(message.Status == 0 ? "pending" : "in a submission")}"));

    private static IEnumerable<Violation> FailedAreTheBadOnes(Books books)
    {
        if (books.Changes.Count(change => change is { What: "message", Before: null }) is var inserted && inserted != books.Messages.Count)
            yield return new("I6", null, $"{inserted} messages came, and {books.Messages.Count} are there");
        var bad = books.Source.Where(sku => sku.IsBad).Select(sku => sku.Name).ToHashSet();
        var failed = books.Messages.Where(message => message.Status == 4).Select(message => message.Name).ToHashSet();
        foreach (var name in failed.Except(bad))
            yield return new("I6", name, "failed, and is not bad");
        foreach (var name in bad.Except(failed))
            yield return new("I6", name, "bad, and did not fail");
    }

    private static IEnumerable<Violation> WhatEndedStaysEnded(Books books)
    {
        var names = books.Messages.ToDictionary(message => message.Id, message => message.Name);
        foreach (var change in books.Changes)
        {
            if (change is { What: "message", Before: 3 or 5 } && change.Before != change.After)
                yield return new("I7", names.GetValueOrDefault(change.Id), $"went from {change.Before} to {change.After} although it had ended");
            else if (change is { What: "submission", Before: 2 })
                yield return new("I7", null, $"submission {change.Id} was closed and became {change.After}");
        }
    }

    private static IEnumerable<Violation> AttemptsAreBounded(Books books) =>
        books.Messages.Where(message => message.Attempts > MostAttempts).Select(message => new Violation("I8", message.Name, $"{message.Attempts} attempts"));

    private static IEnumerable<Violation> DuplicatesAreExplained(Books books)
    {
        var duplicates = books.Operations.Sum(operation => operation.SubmitCount - 1);
        if (duplicates > books.ExplainedDuplicates)
            yield return new("I9", null, $"{duplicates} duplicate submissions, and the faults explain {books.ExplainedDuplicates}");
    }

    private static IEnumerable<Violation> OperationsBelongToSubmissions(Books books)
    {
        foreach (var operation in books.Operations.Where(operation => !books.Keys.Contains(operation.Key)))
            yield return new("I9b", null, $"operation {operation.Id} came under the key {operation.Key}, which the outbox does not have");
        foreach (var twice in books.Operations.Where(operation => !operation.IsForgotten).GroupBy(operation => operation.Key).Where(group => group.Count() > 1))
            yield return new("I9b", null, $"key {twice.Key} made {twice.Count()} operations");
    }

    private static IEnumerable<Violation> NoChangeWritesNothing(Books books)
    {
        if (books.MessagesOfNoChange > 0)
            yield return new("I10", null, $"a generation without changes made {books.MessagesOfNoChange} messages");
    }

    private static IEnumerable<Violation> DeletedAreTheDeletedOnes(Books books)
    {
        var deleted = books.Source.Where(sku => sku.IsDeleted).Select(sku => sku.Name).ToHashSet();
        foreach (var known in books.Known.Where(known => known.IsDeleted != deleted.Contains(known.Name)))
            yield return new("I11", known.Name, known.IsDeleted ? "was deleted, and the source has it" : "is deleted at the source, and was not deleted here");
    }

    private static IEnumerable<Violation> NoKeyIsReused(Books books)
    {
        if (books.KeyReusedCount > 0)
            yield return new("I12", null, $"{books.KeyReusedCount} keys came with another body");
    }
}
