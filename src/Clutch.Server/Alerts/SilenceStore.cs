using System.Data.Common;
using System.Globalization;
using Clutch.Client.Wire;
using Clutch.Relational;
using Clutch.Server.Storage;

namespace Clutch.Server.Alerts;

/// <summary>The silences in their table.</summary>
internal sealed class SilenceStore(ServerDatabase database)
{
    private const string Columns = "id, rule, job_name, alert_id, author, reason, created_at, ends_at";

    private const string List = $"SELECT {Columns} FROM clutch_alert_silence WHERE ends_at > @now ORDER BY ends_at LIMIT 1000";

    private const string Add = $"""
        INSERT INTO clutch_alert_silence (rule, job_name, alert_id, author, reason, created_at, ends_at)
        VALUES (@rule, @job, @alert, @author, @reason, @now, @ends_at)
        RETURNING CAST(id AS text)
        """;

    private const string End = "UPDATE clutch_alert_silence SET ends_at = @now WHERE id = @id AND ends_at > @now";

    /// <summary>Those that last.</summary>
    public Task<IReadOnlyList<AlertSilenceView>> ListAsync(DateTimeOffset now, CancellationToken cancellationToken) =>
        database.QueryAsync(new Statement(List).With("now", now), Rows.All(Read), cancellationToken).AsTask();

    public async Task<AlertSilenceView?> FindAsync(long id, CancellationToken cancellationToken) =>
        await database.QueryAsync(new Statement($"SELECT {Columns} FROM clutch_alert_silence WHERE id = @id").With("id", id), Rows.First(Read), cancellationToken);

    public async Task<AlertSilenceView> AddAsync(AlertSilenceBody body, string author, CancellationToken cancellationToken)
    {
        var now = database.TimeProvider.GetUtcNow();
        var statement = new Statement(Add).With("rule", body.Rule?.ToString()).With("job", body.Job).With("alert", body.Alert)
            .With("author", author).With("reason", body.Reason).With("now", now).With("ends_at", now.AddMinutes(body.Minutes));
        var id = await database.ChangeAsync(statement, Rows.Text, cancellationToken);
        return (await FindAsync(long.Parse(id!, CultureInfo.InvariantCulture), cancellationToken))!;
    }

    /// <summary>Whether it lasted until now.</summary>
    public async Task<bool> EndAsync(long id, CancellationToken cancellationToken) =>
        await database.ChangeAsync(database.At(End).With("id", id), Rows.Affected, cancellationToken) > 0;

    public async Task PurgeAsync(DateTimeOffset before, CancellationToken cancellationToken) =>
        await database.ChangeAsync(new Statement("DELETE FROM clutch_alert_silence WHERE ends_at < @before").With("before", before), Rows.Affected, cancellationToken);

    private AlertSilenceView Read(DbDataReader row) => new()
    {
        Id = row.GetInt64(0),
        Rule = row.Text(1) is { } rule ? Enum.Parse<AlertRule>(rule) : null,
        Job = row.Text(2),
        Alert = row.IsDBNull(3) ? null : row.GetInt64(3),
        Author = row.GetString(4),
        Reason = row.GetString(5),
        CreatedAt = database.Database.ReadInstant(row, 6),
        EndsAt = database.Database.ReadInstant(row, 7),
    };
}
