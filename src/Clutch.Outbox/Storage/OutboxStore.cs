using System.Data.Common;
using System.Globalization;
using System.Text.Json;
using Clutch.Outbox.Administration;
using Clutch.Outbox.Channels;
using Clutch.Outbox.Faults;
using Clutch.Outbox.Protocol;
using Clutch.Relational;
using Clutch.Relational.Migrations;

namespace Clutch.Outbox.Storage;

/// <summary>The outbox's tables: each method is one transaction and one step of the protocol.</summary>
internal abstract class OutboxStore(RelationalDatabase database, OutboxStatements statements, TimeProvider timeProvider, Safeguards safeguards, IOutboxFaults? faults)
{
    public RelationalDatabase Database { get; } = database;

    public OutboxStatements Statements { get; } = statements;

    public Safeguards Safeguards { get; } = safeguards;

    public IOutboxFaults? Faults { get; } = faults;

    public Migrator Migrator => Database.MigratorFor("outbox", Migration.Embedded(typeof(OutboxStore).Assembly, Database.Product));

    // Such transactions take milliseconds. Whoever is silent in one for so long does not live, or may as well try again.
    private static readonly TimeSpan ServerLimit = TimeSpan.FromSeconds(10);

    /// <summary>The machine's clock: SQLite has no other.</summary>
    protected DateTimeOffset MachineNow => timeProvider.GetUtcNow();

    /// <summary>The store for a database's product.</summary>
    /// <exception cref="InvalidOperationException">The outbox has no statements for it.</exception>
    public static OutboxStore Over(RelationalDatabase database, TimeProvider timeProvider, Safeguards safeguards, IOutboxFaults? faults) => database.Product switch
    {
        "PostgreSql" => new PostgreSqlOutboxStore(database, timeProvider, safeguards, faults),
        "Sqlite" => new SqliteOutboxStore(database, timeProvider, safeguards, faults),
        _ => throw new InvalidOperationException($"The outbox has no statements for {database.Description}. It lives in PostgreSQL or SQLite."),
    };

    /// <summary>T1 and T12, in the caller's transaction.</summary>
    public abstract ValueTask<EnqueueResult> EnqueueAsync(DbConnection connection, IReadOnlyList<EnqueuedMessage> messages, CancellationToken cancellationToken);

    /// <summary>Calls processes that listen, once the connection's transaction is committed, where the database can.</summary>
    public async ValueTask CallAsync(DbConnection connection, string topic, CancellationToken cancellationToken)
    {
        if (Database.Signal(topic) is { } call)
            await Database.RunAsync(connection, call, Rows.Affected, cancellationToken);
    }

    /// <summary>Groups with due messages: as many as make a full submission, or one that has waited for company long enough.</summary>
    public ValueTask<IReadOnlyList<string>> ListReadyGroupsAsync(string channel, int limit, TimeSpan linger, CancellationToken cancellationToken) =>
        Database.QueryAsync(On(Statements.ReadyGroups, channel).With("limit", limit).With("linger", linger), Rows.All(static row => row.GetString(0)), cancellationToken);

    /// <summary>T2: a new submission of a group's due messages, or null where there are none.</summary>
    public ValueTask<ClaimedSubmission?> ClaimAsync(string channel, string group, int limit, ChannelOptions options, string owner, CancellationToken cancellationToken)
    {
        var statement = On(options.Ordering is Ordering.PerKey ? Statements.ClaimInOrder : Statements.Claim, channel)
            .With("group", group)
            .With("limit", limit)
            .With("max_bytes", (long)options.MaxBatchBytes)
            .With("key", Guid.CreateVersion7().ToString("D", CultureInfo.InvariantCulture))
            .With("owner", owner)
            .With("lease", options.LeaseDuration);
        return Database.ChangeAsync(statement, (rows, token) => ClaimedSubmission.ReadAsync(channel, rows, static _ => TimeSpan.Zero, token), cancellationToken);
    }

    /// <summary>Groups with submissions that are due to be sent again, or whose sender's lease is over; takes no lock.</summary>
    public ValueTask<IReadOnlyList<string>> ListDueGroupsAsync(string channel, CancellationToken cancellationToken) =>
        Database.QueryAsync(On(Statements.DueGroups, channel), Rows.All(static row => row.GetString(0)), cancellationToken);

    /// <summary>T6: the submission of a group that is due longest, or null where none is.</summary>
    public async ValueTask<ClaimedSubmission?> ClaimDueAsync(string channel, string group, ChannelOptions options, string owner, CancellationToken cancellationToken)
    {
        await using var session = await BeginAsync(cancellationToken);
        var taken = await session.RunAsync(On(Statements.ClaimDue, channel).With("group", group).With("owner", owner).With("lease", options.LeaseDuration), Rows.Text, cancellationToken);
        if (taken is null)
            return null;
        var read = new Statement(Statements.ReadClaim).With("id", long.Parse(taken, CultureInfo.InvariantCulture));
        var claimed = await session.RunAsync(read, (rows, token) => ClaimedSubmission.ReadAsync(channel, rows, AgeOf, token), cancellationToken);
        await session.CommitAsync(cancellationToken);
        return claimed;

        TimeSpan AgeOf(DbDataReader row) => MachineNow - Database.ReadInstant(row, ClaimedSubmission.CreatedAt);
    }

    /// <summary>Renews leases; answers which submissions are still held.</summary>
    public ValueTask<IReadOnlyList<long>> RenewAsync(IReadOnlyList<HeldLease> held, TimeSpan lease, string owner, CancellationToken cancellationToken)
    {
        var statement = new Statement(Statements.Renew).With("now", MachineNow).With("lease", lease).With("owner", owner)
            .With("items", JsonSerializer.Serialize(held, OutboxJson.Default.IReadOnlyListHeldLease));
        return Database.ChangeAsync(statement, Rows.All(static row => row.GetInt64(0)), cancellationToken);
    }

    /// <summary>Takes operations to ask for.</summary>
    public ValueTask<IReadOnlyList<ClaimedOperation>> ClaimOperationsAsync(string channel, int limit, TimeSpan lease, string owner, CancellationToken cancellationToken) =>
        Database.ChangeAsync(
            On(Statements.ClaimOperations, channel).With("limit", limit).With("lease", lease).With("owner", owner), Rows.All(ClaimedOperation.Read), cancellationToken);

    /// <summary>Which of these messages are members of a submission, or were before it was accepted.</summary>
    public ValueTask<IReadOnlyList<long>> ListKnownMembersAsync(long submission, long[] ids, CancellationToken cancellationToken) =>
        Database.QueryAsync(new Statement(Statements.KnownMembers).With("id", submission).With("ids", ids), Rows.All(static row => row.GetInt64(0)), cancellationToken);

    /// <summary>Sets when operations are asked for next; one that went to another process stays with it.</summary>
    public ValueTask<int> RescheduleAsync(IReadOnlyList<NextQuestion> questions, CancellationToken cancellationToken)
    {
        var statement = new Statement(Statements.Reschedule).With("now", MachineNow).With("items", JsonSerializer.Serialize(questions, OutboxJson.Default.IReadOnlyListNextQuestion));
        return Database.ChangeAsync(statement, Rows.Affected, cancellationToken);
    }

    /// <summary>How long until an operation is to be asked for; null where there is none.</summary>
    public async ValueTask<TimeSpan?> FindNextOperationAsync(string channel, CancellationToken cancellationToken)
    {
        var seconds = await Database.QueryAsync(On(Statements.NextOperation, channel), Rows.All(static row => row.GetDouble(0)), cancellationToken);
        return seconds.Count == 0 ? null : TimeSpan.FromSeconds(seconds[0]);
    }

    public ValueTask<int> HoldGroupAsync(string channel, string group, TimeSpan rest, CancellationToken cancellationToken) =>
        Database.ChangeAsync(On(Statements.HoldGroup, channel).With("group", group).With("rest", rest), Rows.Affected, cancellationToken);

    public ValueTask<int> FaultAsync(string channel, Problem problem, TimeSpan rest, CancellationToken cancellationToken) =>
        Database.ChangeAsync(
            On(Statements.Fault, channel).With("rest", rest).With("problem_type", ProblemText.TypeOf(problem)).With("problem_detail", ProblemText.Of(problem)), Rows.Affected, cancellationToken);

    public ValueTask<int> ClearFaultAsync(string channel, CancellationToken cancellationToken) =>
        Database.ChangeAsync(On(Statements.ClearFault, channel), Rows.Affected, cancellationToken);

    /// <summary>What the refusal of a submission of one message for its content is worth.</summary>
    public async ValueTask<RefusalVerdict> JudgeRefusalAsync(SubmissionFacts facts, CancellationToken cancellationToken)
    {
        var statement = new Statement(Statements.JudgeRefusal).With("id", facts.Id).With("all_refused", OutboxProtocol.AllRefused).With("most", (long)OutboxProtocol.MaxLoneRefusals);
        var verdicts = await Database.QueryAsync(statement, Rows.All(static row => (RefusalVerdict)row.GetInt32(0)), cancellationToken);
        return verdicts.Count == 0 ? RefusalVerdict.Content : verdicts[0];
    }

    /// <summary>Fails what was not sent in time; answers how many.</summary>
    public ValueTask<int> ExpireMessagesAsync(string channel, MemberFate fate, CancellationToken cancellationToken) =>
        EndAsync(On(Statements.ExpireMessages, channel), fate, cancellationToken);

    /// <summary>Fails what an operator's filter names and waits; answers how many.</summary>
    public ValueTask<int> CancelMessagesAsync(MessageFilter filter, MemberFate fate, CancellationToken cancellationToken) =>
        EndAsync(new Statement(Statements.CancelMessages).With(filter).With("now", MachineNow), fate, cancellationToken);

    /// <summary>Begins a transaction of relay or poller. While it is open its rows are locked, so a process that is stopped in the middle of it (SIGSTOP, a frozen machine) must not keep it open.</summary>
    public async ValueTask<RelationalSession> BeginAsync(CancellationToken cancellationToken)
    {
        var session = await Database.OpenSessionAsync(cancellationToken);
        try
        {
            session.ServerLimit = ServerLimit;
            await session.BeginAsync(cancellationToken);
            return session;
        }
        catch
        {
            await session.DisposeAsync();
            throw;
        }
    }

    private async ValueTask<int> EndAsync(Statement statement, MemberFate fate, CancellationToken cancellationToken)
    {
        statement.With("ended_as", (int?)fate.Kind).With("ended_type", ProblemText.TypeOf(fate.Problem)).With("ended_detail", ProblemText.Of(fate.Problem));
        return (await Database.ChangeAsync(statement, Rows.All(static row => (int)row.GetInt64(0)), cancellationToken))[0];
    }

    /// <summary>Whether a fault is one that time may heal.</summary>
    public bool IsTransient(Exception fault) => Database.IsTransient(fault);

    /// <summary>A statement of a channel, with the machine's clock for a database without its own.</summary>
    public Statement On(string text, string channel) => new Statement(text).With("channel", channel).With("now", MachineNow);

    /// <summary>How long ago the oldest transaction of the database began; null where that does not matter.</summary>
    public async ValueTask<TimeSpan?> FindOldestTransactionAsync(CancellationToken cancellationToken) => Statements.OldestTransaction is { } text
        ? TimeSpan.FromSeconds((await Database.QueryAsync(new Statement(text), Rows.All(static row => row.GetDouble(0)), cancellationToken))[0])
        : null;

    /// <summary>The database's own clock.</summary>
    public async ValueTask<DateTimeOffset> GetNowAsync(CancellationToken cancellationToken)
    {
        var statement = new Statement(Statements.Now).With("now", MachineNow);
        return (await Database.QueryAsync(statement, Rows.All(row => Database.ReadInstant(row, 0)), cancellationToken))[0];
    }
}
