using System.Data.Common;
using System.Globalization;
using System.Runtime.CompilerServices;
using Clutch.Client.Wire;
using Clutch.Executions;
using Clutch.Launching;
using Clutch.Relational;
using Clutch.Relational.Jobs;
using Clutch.Repository;
using Clutch.Server.Storage;

namespace Clutch.Server.Queries;

/// <summary>Dead letters: pages, groups by error, and their whole for an export.</summary>
internal sealed class DeadLetterQueries(ServerDatabase database, IJobRepository repository)
{
    /// <summary>Groups are made of so many of the newest open letters.</summary>
    public const int GroupedLetters = 20_000;

    private const int MaxGroups = 200;
    private const int ExportPage = 1_000;

    private const string Groups = """
        SELECT instance.job_name, letter.step_name, letter.failure_type, letter.failure_message, count(*), max(letter.id), max(letter.skipped_at)
        FROM (SELECT * FROM clutch_dead_letter WHERE status = 'Open' ORDER BY id DESC LIMIT @bound) AS letter
        JOIN clutch_job_instance AS instance ON instance.id = letter.instance_id
        GROUP BY instance.job_name, letter.step_name, letter.failure_type, letter.failure_message
        """;

    private const string CountOpen = "SELECT count(*) FROM (SELECT 1 FROM clutch_dead_letter WHERE status = 'Open' LIMIT @bound) AS letters";

    private const string Owners = """
        SELECT execution.instance_id, max(execution.id)
        FROM (
            SELECT DISTINCT instance_id FROM clutch_dead_letter
            WHERE step_name = @step_name AND status = 'Open' AND failure_type = @failure_type AND phase <> 'Read' AND payload IS NOT NULL) AS letter
        JOIN clutch_job_execution AS execution ON execution.instance_id = letter.instance_id
        WHERE execution.job_name = @job_name
        GROUP BY execution.instance_id
        ORDER BY execution.instance_id
        LIMIT @limit
        """;

    private const string Redriving = $"""
        SELECT {JobExecutionRow.Columns}
        FROM clutch_job_execution
        WHERE job_name = @job_name AND status IN ('Starting', 'Started', 'Stopping')
        ORDER BY id
        """;

    private const string Edit = "UPDATE clutch_dead_letter SET payload = @payload WHERE id = @id AND status = 'Open' AND phase <> 'Read'";

    /// <summary>A page, oldest first.</summary>
    public async Task<Page<DeadLetterView>> ListAsync(DeadLetterFilter filter, CancellationToken cancellationToken)
    {
        var found = await repository.ListDeadLettersAsync(filter with { Limit = filter.Limit + 1 }, cancellationToken);
        var shown = found.Take(filter.Limit).Select(Views.Of).ToList();
        return new(shown, found.Count > filter.Limit ? shown[^1].Id.ToString(CultureInfo.InvariantCulture) : null);
    }

    /// <summary>The letter, or null.</summary>
    public async Task<DeadLetterView?> FindAsync(long id, CancellationToken cancellationToken)
    {
        var found = await repository.ListDeadLettersAsync(new() { After = id - 1, Limit = 1, Status = null }, cancellationToken);
        return found is [{ } letter] && letter.Id == id ? Views.Of(letter) : null;
    }

    /// <summary>Open letters by error, the largest group first.</summary>
    public async Task<DeadLetterGroups> ListGroupsAsync(CancellationToken cancellationToken)
    {
        var groups = new Statement(Groups).With("bound", GroupedLetters);
        var count = new Statement(CountOpen).With("bound", GroupedLetters + 1);
        var open = await database.QueryAsync(count, Rows.All(static row => row.GetInt64(0)), cancellationToken);
        return new(Merge(await database.QueryAsync(groups, Rows.All(ReadGroup), cancellationToken)), open[0] > GroupedLetters);
    }

    /// <summary>For each instance with open letters of that error its latest execution, at most so many; without those whose letters of the step are being run again.</summary>
    public async Task<IReadOnlyList<long>> ListOwnersAsync(string job, string step, string errorType, int limit, CancellationToken cancellationToken)
    {
        var busy = await ListRedrivingAsync(job, step, cancellationToken);
        var statement = new Statement(Owners).With("job_name", job).With("step_name", step).With("failure_type", errorType).With("limit", limit + busy.Count);
        var owners = await database.QueryAsync(statement, Rows.All(static row => (Instance: row.GetInt64(0), Execution: row.GetInt64(1))), cancellationToken);
        return [.. owners.Where(owner => !busy.Contains(owner.Instance)).Take(limit).Select(owner => owner.Execution)];
    }

    // A re-drive is an execution of a job of its own, which names the instance.
    private async Task<HashSet<long>> ListRedrivingAsync(string job, string step, CancellationToken cancellationToken)
    {
        var statement = new Statement(Redriving).With("job_name", JobCatalog.RedriveNameOf(job, step));
        var running = await database.QueryAsync(statement, Rows.All(row => JobExecutionRow.Read(row, database.Database)), cancellationToken);
        return [.. running.Select(execution => execution.Parameters.Get<long>("instance"))];
    }

    /// <summary>All letters of the filter, page by page.</summary>
    public async IAsyncEnumerable<DeadLetterView> ReadAsync(DeadLetterFilter filter, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (await repository.ListDeadLettersAsync(filter with { Limit = ExportPage }, cancellationToken) is { Count: > 0 } page)
        {
            foreach (var letter in page)
                yield return Views.Of(letter);
            filter = filter with { After = page[^1].Id };
        }
    }

    /// <summary>Corrects the payload of an open letter that can be run again; false where it is not one.</summary>
    public async Task<bool> EditAsync(long id, string payload, CancellationToken cancellationToken) =>
        await database.ChangeAsync(new Statement(Edit).With("id", id).With("payload", payload), Rows.Affected, cancellationToken) == 1;

    // "Price 12 is bad" and "Price 13 is bad" are one fault.
    private static List<DeadLetterGroup> Merge(IReadOnlyList<DeadLetterGroup> byMessage) =>
    [
        .. byMessage.GroupBy(group => (group.Job, group.Step, group.ErrorType, Failure.WithoutValues(group.ErrorMessage)))
            .Select(same => same.MaxBy(group => group.NewestId)! with { Count = same.Sum(group => group.Count) })
            .OrderByDescending(group => group.Count).ThenByDescending(group => group.NewestId).Take(MaxGroups),
    ];

    private DeadLetterGroup ReadGroup(DbDataReader row) => new()
    {
        Job = row.GetString(0),
        Step = row.GetString(1),
        ErrorType = row.GetString(2),
        ErrorMessage = row.GetString(3),
        Count = row.GetInt64(4),
        NewestId = row.GetInt64(5),
        NewestAt = database.Database.ReadInstant(row, 6),
    };
}
