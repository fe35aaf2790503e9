using System.Data.Common;
using System.Globalization;
using Clutch.Client.Wire;
using Clutch.Relational;
using Clutch.Server.Storage;
using Microsoft.Extensions.Options;

namespace Clutch.Server.Alerts.Rules;

/// <summary>A job has many open dead letters, among the newest 20,000 of all jobs. Newer ones of other jobs do not end its alert.</summary>
internal sealed class DeadLettersRule(ServerDatabase database, IOptions<ClutchServerOptions> options) : IAlertRule
{
    private const string Open = """
        SELECT instance.job_name, count(*) AS letters, min(letter.skipped_at) AS since
        FROM (SELECT instance_id, skipped_at FROM clutch_dead_letter WHERE status = 'Open' ORDER BY id DESC LIMIT 20000) AS letter
        JOIN clutch_job_instance AS instance ON instance.id = letter.instance_id
        GROUP BY instance.job_name
        HAVING count(*) > @above
        """;

    private const string OfJob = """
        SELECT job_name, count(*) AS letters, min(skipped_at) AS since
        FROM (
            SELECT instance.job_name, letter.skipped_at
            FROM clutch_job_instance AS instance
            JOIN clutch_dead_letter AS letter ON letter.instance_id = instance.id
            WHERE instance.job_name = @job AND letter.status = 'Open'
            LIMIT 20000) AS letter
        GROUP BY job_name
        HAVING count(*) > @above
        """;

    // The latest execution of an instance is the one to name: it runs the letters of all before it again.
    private const string Places = """
        SELECT max(execution.id) AS execution_id, letter.step_name, max(letter.letters) AS letters
        FROM (
            SELECT instance_id, step_name, count(*) AS letters
            FROM (
                SELECT letter.instance_id, letter.step_name
                FROM clutch_job_instance AS instance
                JOIN clutch_dead_letter AS letter ON letter.instance_id = instance.id
                WHERE instance.job_name = @job AND letter.status = 'Open'
                LIMIT 20000) AS open
            GROUP BY instance_id, step_name
            ORDER BY letters DESC, instance_id DESC, step_name
            LIMIT @limit) AS letter
        JOIN clutch_job_execution AS execution ON execution.instance_id = letter.instance_id
        GROUP BY letter.instance_id, letter.step_name
        ORDER BY letters DESC, execution_id DESC, step_name
        """;

    // A message is read by a person: who has more to do finds them by the other command.
    private const int MaxCommands = 3;

    public AlertRule Rule => AlertRule.DeadLetters;

    public bool IsEnabled => Options.IsEnabled;

    private DeadLettersRuleOptions Options => options.Value.Alerts.Rules.DeadLetters;

    public async Task<IReadOnlyList<AlertFinding>> FindAsync(AlertLook look, CancellationToken cancellationToken)
    {
        var findings = new List<AlertFinding>(await database.QueryAsync(new Statement(Open).With("above", Options.Above), Rows.All(Read), cancellationToken));
        var told = look.Live.Where(alert => alert.Finding.Rule == Rule).Select(alert => alert.Finding.Job!);
        foreach (var job in told.Except(findings.Select(finding => finding.Job!), StringComparer.Ordinal).ToList())
            findings.AddRange(await database.QueryAsync(new Statement(OfJob).With("job", job).With("above", Options.Above), Rows.All(Read), cancellationToken));
        for (var index = 0; index < findings.Count; index++)
            findings[index] = findings[index] with { Command = await CommandOfAsync(findings[index].Job!, cancellationToken) };
        return findings;
    }

    // Null where somebody ran them all again meanwhile.
    private async Task<string?> CommandOfAsync(string job, CancellationToken cancellationToken)
    {
        var commands = await database.QueryAsync(
            new Statement(Places).With("job", job).With("limit", MaxCommands + 1),
            Rows.All(row => string.Create(CultureInfo.InvariantCulture, $"clutch redrive {row.GetInt64(0)} --step {AlertTexts.Word(row.GetString(1))}")), cancellationToken);
        if (commands.Count == 0)
            return null;
        var shown = commands.Take(MaxCommands);
        return string.Join("; ", commands.Count > MaxCommands ? shown.Append($"clutch dead-letters --job {AlertTexts.Word(job)}") : shown);
    }

    private AlertFinding Read(DbDataReader row)
    {
        var (job, count) = (row.GetString(0), row.GetInt64(1));
        return new()
        {
            Rule = Rule,
            Severity = AlertSeverity.Warning,
            Key = "open",
            Job = job,
            Subject = "dead letters",
            What = $"Job '{job}' has more than {AlertTexts.Count(Options.Above)} open dead letters",
            Since = database.Database.ReadInstant(row, 2),
            Impact = $"{AlertTexts.Count(count)} items were skipped and are kept.",
            Retry = "They are not tried again by themselves.",
            Path = $"/dead-letters?job={Uri.EscapeDataString(job)}",
        };
    }
}
