using System.Data.Common;
using System.Globalization;
using Clutch.Client.Wire;
using Clutch.Relational;
using Clutch.Server.Storage;
using Microsoft.Extensions.Options;

namespace Clutch.Server.Alerts.Rules;

/// <summary>Three nodes in a row died with a partition, so it is not handed out any more. It recovers when the instance is executed again, or abandoned.</summary>
internal sealed class PartitionQuarantinedRule(ServerDatabase database, IOptions<ClutchServerOptions> options) : IAlertRule
{
    private const string Quarantined = """
        SELECT execution.job_name, execution.id, step.id, step.step_name, step.partition_name, step.node, step.ended_at
        FROM clutch_step_execution AS step
        JOIN clutch_job_execution AS execution ON execution.id = step.job_execution_id
        WHERE step.failure_type = 'Quarantined'
            AND execution.status NOT IN ('Completed', 'Abandoned')
            AND NOT EXISTS (SELECT 1 FROM clutch_job_execution AS later WHERE later.instance_id = execution.instance_id AND later.id > execution.id)
        ORDER BY step.id DESC
        LIMIT 1000
        """;

    public AlertRule Rule => AlertRule.PartitionQuarantined;

    public bool IsEnabled => options.Value.Alerts.Rules.PartitionQuarantined.IsEnabled;

    public async Task<IReadOnlyList<AlertFinding>> FindAsync(AlertLook look, CancellationToken cancellationToken) =>
        await database.QueryAsync(new(Quarantined), Rows.All(Read), cancellationToken);

    private AlertFinding Read(DbDataReader row)
    {
        var (job, execution, step, partition) = (row.GetString(0), row.GetInt64(1), row.GetString(3), row.GetString(4));
        return new()
        {
            Rule = Rule,
            Severity = AlertSeverity.Critical,
            Key = row.GetInt64(2).ToString(CultureInfo.InvariantCulture),
            Job = job,
            Subject = $"partition {partition} of step {step}",
            ExecutionId = execution,
            What = $"Three nodes in a row died with partition '{partition}' of step '{step}' of job '{job}'",
            Since = database.Database.ReadInstant(row, 6),
            Impact = $"It is not handed out any more, and its step fails when the others have ended. The last node was '{row.GetString(5)}': its memory and its last log lines may tell why.",
            Retry = "It is tried again by the next restart of the execution.",
            Path = string.Create(CultureInfo.InvariantCulture, $"/executions/{execution}"),
            Command = string.Create(CultureInfo.InvariantCulture, $"clutch restart {execution} --reason TEXT"),
        };
    }
}
