using System.Data.Common;
using System.Globalization;
using Clutch.Client.Wire;
using Clutch.Relational;
using Clutch.Server.Storage;

namespace Clutch.Server.Audit;

/// <summary>A change that is about to be made.</summary>
/// <param name="Actor">Who.</param>
/// <param name="Action">What, such as <c>execution.stop</c>.</param>
/// <param name="Target">To what, such as <c>execution:17</c>.</param>
/// <param name="Reason">Why, or null.</param>
/// <param name="Before">What is before, as JSON, or null.</param>
internal sealed record AuditedChange(string Actor, string Action, string Target, string? Reason = null, string? Before = null);

/// <summary>Which entries a list shows.</summary>
internal sealed record AuditFilter
{
    public string? Actor { get; init; }

    public string? Action { get; init; }

    public string? Target { get; init; }

    public long? Before { get; init; }

    public required int Limit { get; init; }
}

/// <summary>Who changed what. An entry is written before the change and completed after it: there is no change without an entry.</summary>
internal sealed class AuditLog(ServerDatabase database)
{
    private const string Begin = """
        INSERT INTO clutch_audit (at, actor, action, target, reason, state_before, outcome)
        VALUES (@now, @actor, @action, @target, @reason, @state_before, 'Begun')
        RETURNING CAST(id AS text)
        """;

    private const string End = "UPDATE clutch_audit SET outcome = @outcome, state_after = @state_after WHERE id = @id";

    private const string Purge = "DELETE FROM clutch_audit WHERE id IN (SELECT id FROM clutch_audit WHERE at < @before ORDER BY at LIMIT @bite)";

    /// <summary>Announces a change; answers the entry's number for <see cref="EndAsync"/>.</summary>
    public async Task<long> BeginAsync(AuditedChange change, CancellationToken cancellationToken)
    {
        var insert = database.At(Begin)
            .With("actor", change.Actor)
            .With("action", change.Action)
            .With("target", change.Target)
            .With("reason", change.Reason)
            .With("state_before", change.Before);
        return long.Parse((await database.ChangeAsync(insert, Rows.Text, cancellationToken))!, CultureInfo.InvariantCulture);
    }

    /// <summary>Says what came of a change.</summary>
    public async Task EndAsync(long id, AuditOutcome outcome, string? after, CancellationToken cancellationToken) =>
        await database.ChangeAsync(
            new Statement(End).With("id", id).With("outcome", outcome.ToString()).With("state_after", after), Rows.Affected, cancellationToken);

    /// <summary>Writes an entry of what is done already, such as a sign-in.</summary>
    public async Task RecordAsync(AuditedChange change, AuditOutcome outcome, string? after, CancellationToken cancellationToken) =>
        await EndAsync(await BeginAsync(change, cancellationToken), outcome, after, cancellationToken);

    /// <summary>A page, newest first.</summary>
    public async Task<Page<AuditEntryView>> ListAsync(AuditFilter filter, CancellationToken cancellationToken)
    {
        var found = await database.QueryAsync(ListOf(filter), Rows.All(Read), cancellationToken);
        var shown = found.Take(filter.Limit).ToList();
        return new(shown, found.Count > filter.Limit ? shown[^1].Id.ToString(CultureInfo.InvariantCulture) : null);
    }

    /// <summary>Deletes one bite of what is older; answers how many entries that were.</summary>
    public async Task<int> PurgeAsync(DateTimeOffset before, int bite, CancellationToken cancellationToken) =>
        await database.ChangeAsync(new Statement(Purge).With("before", before).With("bite", bite), Rows.Affected, cancellationToken);

    // One text per combination of filters, as RepositoryLists has it: a condition such as '@x IS NULL OR ...' would keep the indexes from being used.
    internal static Statement ListOf(AuditFilter filter)
    {
        var conditions = new List<string>(4) { "id < @before" };
        if (filter.Actor is not null)
            conditions.Add("actor = @actor");
        if (filter.Action is not null)
            conditions.Add("action = @action");
        if (filter.Target is not null)
            conditions.Add("target = @target");
        return new Statement($"""
            SELECT id, at, actor, action, target, reason, state_before, state_after, outcome
            FROM clutch_audit
            WHERE {string.Join(" AND ", conditions)}
            ORDER BY id DESC
            LIMIT @limit
            """)
            .With("before", filter.Before ?? long.MaxValue)
            .With("actor", filter.Actor)
            .With("action", filter.Action)
            .With("target", filter.Target)
            .With("limit", filter.Limit + 1);
    }

    private AuditEntryView Read(DbDataReader row) => new()
    {
        Id = row.GetInt64(0),
        At = database.Database.ReadInstant(row, 1),
        Actor = row.GetString(2),
        Action = row.GetString(3),
        Target = row.GetString(4),
        Reason = row.Text(5),
        Before = row.Text(6),
        After = row.Text(7),
        Outcome = Enum.Parse<AuditOutcome>(row.GetString(8)),
    };
}
