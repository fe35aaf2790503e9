using System.Data.Common;
using System.Globalization;
using Clutch.Client.Wire;
using Clutch.Relational;
using Clutch.Server.Storage;

namespace Clutch.Server.Alerts;

/// <summary>The alerts in their table.</summary>
internal sealed class AlertStore(ServerDatabase database)
{
    private const string Columns =
        "id, fingerprint, thread, rule, severity, state, job_name, subject, job_execution_id, what, impact, retry, path, command, since, opened_at, notified_at, acknowledged_at, acknowledged_by, resolved_at";

    // As many as an operator can bear; a rule finds no more than a thousand of its kind.
    private const string ListLive = $"SELECT {Columns} FROM clutch_alert WHERE state IN ('Open', 'Acknowledged') ORDER BY id LIMIT 20000";

    private const string ListOrphans = """
        SELECT id
        FROM clutch_alert AS alert
        WHERE state IN ('Open', 'Acknowledged') AND (
            job_execution_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM clutch_job_execution AS execution WHERE execution.id = alert.job_execution_id)
            OR rule = 'NodeLost' AND NOT EXISTS (SELECT 1 FROM clutch_process AS node WHERE node.name = alert.subject))
        """;

    private const string Open = """
        INSERT INTO clutch_alert
            (fingerprint, rule, severity, state, job_name, subject, job_execution_id, what, impact, retry, path, command, since, opened_at)
        VALUES (@fingerprint, @rule, @severity, 'Open', @job, @subject, @execution, @what, @impact, @retry, @path, @command, @since, @now)
        RETURNING CAST(id AS text)
        """;

    private const string Change = """
        UPDATE clutch_alert
        SET severity = @severity, subject = @subject, job_execution_id = @execution, what = @what, impact = @impact, retry = @retry, path = @path, command = @command, since = @since
        WHERE id = @id
        """;

    private const string Resolve = "UPDATE clutch_alert SET state = 'Resolved', resolved_at = @now WHERE id = @id";

    private const string Notified = "UPDATE clutch_alert SET notified_at = @now, thread = @thread WHERE id = @id";

    private const string NextNotice = "UPDATE clutch_alert SET notice_count = notice_count + 1 WHERE id = @thread RETURNING CAST(notice_count AS text)";

    private const string Acknowledge = """
        UPDATE clutch_alert SET state = 'Acknowledged', acknowledged_at = @now, acknowledged_by = @by WHERE id = @id AND state = 'Open'
        """;

    // The first of a thread numbers its messages: it stays as long as one of them lasts.
    private const string Purge = """
        DELETE FROM clutch_alert
        WHERE id IN (SELECT id FROM clutch_alert WHERE resolved_at < @before ORDER BY resolved_at LIMIT @bite)
            AND NOT EXISTS (SELECT 1 FROM clutch_alert AS other WHERE other.thread = clutch_alert.id AND other.state <> 'Resolved')
        """;

    public Task<IReadOnlyList<LiveAlert>> ListLiveAsync(CancellationToken cancellationToken) =>
        database.QueryAsync(new(ListLive), Rows.All(ReadLive), cancellationToken).AsTask();

    public Task<IReadOnlyList<LiveAlert>> ListLiveAsync(RelationalSession session, CancellationToken cancellationToken) =>
        session.RunAsync(new(ListLive), Rows.All(ReadLive), cancellationToken).AsTask();

    /// <summary>The alerts that last and whose execution or node was deleted.</summary>
    public Task<IReadOnlyList<long>> ListOrphansAsync(RelationalSession session, CancellationToken cancellationToken) =>
        session.RunAsync(new(ListOrphans), Rows.All(static row => row.GetInt64(0)), cancellationToken).AsTask();

    public async Task<long> CountLiveAsync(CancellationToken cancellationToken) => (await database.QueryAsync(
        new("SELECT count(*) FROM clutch_alert WHERE state IN ('Open', 'Acknowledged')"), Rows.All(static row => row.GetInt64(0)), cancellationToken))[0];

    public async Task<IReadOnlyList<AlertRow>> ListAsync(AlertListQuery query, int limit, CancellationToken cancellationToken) =>
        await database.QueryAsync(ListOf(query, limit), Rows.All(Read), cancellationToken);

    public async Task<AlertRow?> FindAsync(long id, CancellationToken cancellationToken) =>
        await database.QueryAsync(new Statement($"SELECT {Columns} FROM clutch_alert WHERE id = @id").With("id", id), Rows.First(Read), cancellationToken);

    /// <summary>Whether it was open until now.</summary>
    public async Task<bool> AcknowledgeAsync(long id, string by, CancellationToken cancellationToken) =>
        await database.ChangeAsync(database.At(Acknowledge).With("id", id).With("by", by), Rows.Affected, cancellationToken) > 0;

    public Task<int> PurgeAsync(DateTimeOffset before, int bite, CancellationToken cancellationToken) =>
        database.ChangeAsync(new Statement(Purge).With("before", before).With("bite", bite), Rows.Affected, cancellationToken).AsTask();

    public async Task<LiveAlert> OpenAsync(RelationalSession session, AlertFinding finding, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var statement = With(new Statement(Open), finding).With("fingerprint", finding.Fingerprint).With("rule", finding.Rule.ToString()).With("job", finding.Job).With("now", now);
        var id = long.Parse((await session.RunAsync(statement, Rows.Text, cancellationToken))!, CultureInfo.InvariantCulture);
        return new() { Id = id, Fingerprint = finding.Fingerprint, State = AlertState.Open, OpenedAt = now, Finding = finding };
    }

    public async Task ChangeAsync(RelationalSession session, LiveAlert alert, AlertFinding finding, CancellationToken cancellationToken) =>
        await session.RunAsync(With(new Statement(Change), finding).With("id", alert.Id), Rows.Affected, cancellationToken);

    public async Task ResolveAsync(RelationalSession session, LiveAlert alert, DateTimeOffset now, CancellationToken cancellationToken) =>
        await session.RunAsync(new Statement(Resolve).With("id", alert.Id).With("now", now), Rows.Affected, cancellationToken);

    public async Task NotifiedAsync(RelationalSession session, LiveAlert alert, long thread, DateTimeOffset now, CancellationToken cancellationToken) =>
        await session.RunAsync(new Statement(Notified).With("id", alert.Id).With("thread", thread).With("now", now), Rows.Affected, cancellationToken);

    /// <summary>The number of the thread's next message, from 1.</summary>
    public async Task<long> NextNoticeAsync(RelationalSession session, long thread, CancellationToken cancellationToken) =>
        long.Parse((await session.RunAsync(new Statement(NextNotice).With("thread", thread), Rows.Text, cancellationToken))!, CultureInfo.InvariantCulture);

    // One text per combination of filters: a condition such as '@x IS NULL OR ...' would keep the indexes from being used.
    private static Statement ListOf(AlertListQuery query, int limit)
    {
        var conditions = new List<string>(4) { "id < @before" };
        if (query.State is not null)
            conditions.Add("state = @state");
        if (query.Rule is not null)
            conditions.Add("rule = @rule");
        if (query.Job is not null)
            conditions.Add("job_name = @job");
        return new Statement($"SELECT {Columns} FROM clutch_alert WHERE {string.Join(" AND ", conditions)} ORDER BY id DESC LIMIT @limit")
            .With("before", query.Before ?? long.MaxValue)
            .With("state", query.State?.ToString())
            .With("rule", query.Rule?.ToString())
            .With("job", query.Job)
            .With("limit", limit);
    }

    private static Statement With(Statement statement, AlertFinding finding) => statement
        .With("severity", finding.Severity.ToString())
        .With("subject", finding.Subject)
        .With("execution", finding.ExecutionId)
        .With("what", finding.What)
        .With("impact", finding.Impact)
        .With("retry", finding.Retry)
        .With("path", finding.Path)
        .With("command", finding.Command)
        .With("since", finding.Since);

    private LiveAlert ReadLive(DbDataReader row)
    {
        var (view, thread, fingerprint) = (Read(row).View, row.IsDBNull(2) ? (long?)null : row.GetInt64(2), row.GetString(1));
        return new()
        {
            Id = view.Id,
            Fingerprint = fingerprint,
            Thread = thread,
            State = view.State,
            OpenedAt = view.OpenedAt,
            NotifiedAt = view.NotifiedAt,
            Finding = new()
            {
                Rule = view.Rule,
                Severity = view.Severity,
                Key = fingerprint[(fingerprint.IndexOf('/', StringComparison.Ordinal) + 1)..],
                Job = view.Job,
                Subject = view.Subject,
                ExecutionId = view.ExecutionId,
                What = view.What,
                Since = view.Since,
                Impact = view.Impact,
                Retry = view.Retry,
                Path = view.Path,
                Command = view.Command,
            },
        };
    }

    private AlertRow Read(DbDataReader row) => new(
        new()
        {
            Id = row.GetInt64(0),
            Rule = Enum.Parse<AlertRule>(row.GetString(3)),
            Severity = Enum.Parse<AlertSeverity>(row.GetString(4)),
            State = Enum.Parse<AlertState>(row.GetString(5)),
            Job = row.Text(6),
            Subject = row.GetString(7),
            ExecutionId = row.IsDBNull(8) ? null : row.GetInt64(8),
            What = row.GetString(9),
            Impact = row.Text(10),
            Retry = row.Text(11),
            Path = row.Text(12),
            Command = row.Text(13),
            Since = database.Database.ReadInstant(row, 14),
            OpenedAt = database.Database.ReadInstant(row, 15),
            NotifiedAt = row.Instant(16, database.Database),
            AcknowledgedAt = row.Instant(17, database.Database),
            AcknowledgedBy = row.Text(18),
            ResolvedAt = row.Instant(19, database.Database),
        },
        row.IsDBNull(2) ? null : row.GetInt64(2));
}

/// <summary>An alert as it lies in the table.</summary>
/// <param name="View">The alert.</param>
/// <param name="Thread">The first of those told together, or null where it was not told.</param>
internal sealed record AlertRow(AlertView View, long? Thread);
