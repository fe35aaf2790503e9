using System.Globalization;
using Clutch.Client.Wire;

namespace Clutch.Client;

public sealed partial class ClutchClient
{
    /// <summary>The jobs that the server hosts.</summary>
    public Task<IReadOnlyList<JobView>> ListJobsAsync(CancellationToken cancellationToken = default) =>
        GetAsync("jobs", WireJson.Default.IReadOnlyListJobView, cancellationToken);

    /// <summary>Launches a job, or takes up its failed or stopped instance.</summary>
    public Task<LaunchAnswer> LaunchAsync(string job, LaunchBody body, CancellationToken cancellationToken = default) =>
        SendAsync(HttpMethod.Post, $"jobs/{Escape(job)}/executions", body, WireJson.Default.LaunchBody, WireJson.Default.LaunchAnswer, cancellationToken);

    /// <summary>A page of executions, newest first.</summary>
    public Task<Page<ExecutionView>> ListExecutionsAsync(ExecutionListQuery query, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(query);
        var path = new QueryText("executions").With("job", query.Job).With("status", query.Status).With("instance", query.Instance)
            .With("from", query.From).With("to", query.To).With("before", query.Before).With("limit", query.Limit);
        return GetAsync(path.ToString(), WireJson.Default.PageExecutionView, cancellationToken);
    }

    /// <summary>One execution with its steps, and what is expected of it.</summary>
    public Task<ExecutionDetails> GetExecutionAsync(long id, CancellationToken cancellationToken = default) =>
        GetAsync(PathOf(id), WireJson.Default.ExecutionDetails, cancellationToken);

    /// <summary>How far an execution is.</summary>
    public Task<ProgressView> GetProgressAsync(long id, CancellationToken cancellationToken = default) =>
        GetAsync($"{PathOf(id)}/progress", WireJson.Default.ProgressView, cancellationToken);

    /// <summary>A page of an execution's steps and partitions.</summary>
    public Task<Page<StepView>> ListStepsAsync(long id, StepListQuery query, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(query);
        var path = new QueryText($"{PathOf(id)}/steps").With("step", query.Step).With("after", query.After).With("limit", query.Limit);
        return GetAsync(path.ToString(), WireJson.Default.PageStepView, cancellationToken);
    }

    /// <summary>Asks a running execution to stop at its next chunk boundary; after that it is not restarted by itself.</summary>
    public Task<ExecutionView> StopAsync(long id, string reason, CancellationToken cancellationToken = default) =>
        SendAsync(HttpMethod.Post, $"{PathOf(id)}/stop", new() { Reason = reason }, WireJson.Default.ReasonBody, WireJson.Default.ExecutionView, cancellationToken);

    /// <summary>Restarts a failed or stopped execution where it ended.</summary>
    public Task<LaunchAnswer> RestartAsync(long id, string reason, CancellationToken cancellationToken = default) =>
        SendAsync(HttpMethod.Post, $"{PathOf(id)}/restart", new() { Reason = reason }, WireJson.Default.ReasonBody, WireJson.Default.LaunchAnswer, cancellationToken);

    /// <summary>Gives up a failed or stopped execution for good.</summary>
    public Task<ExecutionView> AbandonAsync(long id, string reason, CancellationToken cancellationToken = default) =>
        SendAsync(HttpMethod.Post, $"{PathOf(id)}/abandon", new() { Reason = reason }, WireJson.Default.ReasonBody, WireJson.Default.ExecutionView, cancellationToken);

    /// <summary>A page of dead letters, oldest first.</summary>
    public Task<Page<DeadLetterView>> ListDeadLettersAsync(DeadLetterQuery query, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(query);
        var path = new QueryText("dead-letters").With("job", query.Job).With("step", query.Step).With("execution", query.Execution)
            .With("status", query.Status).With("after", query.After).With("limit", query.Limit);
        return GetAsync(path.ToString(), WireJson.Default.PageDeadLetterView, cancellationToken);
    }

    /// <summary>Open dead letters by error, most first.</summary>
    public Task<DeadLetterGroups> ListDeadLetterGroupsAsync(CancellationToken cancellationToken = default) =>
        GetAsync("dead-letters/groups", WireJson.Default.DeadLetterGroups, cancellationToken);

    /// <summary>Corrects the payload of an open dead letter.</summary>
    public Task<DeadLetterView> EditDeadLetterAsync(long id, DeadLetterEdit edit, CancellationToken cancellationToken = default) => SendAsync(
        HttpMethod.Put, string.Create(CultureInfo.InvariantCulture, $"dead-letters/{id}/payload"), edit, WireJson.Default.DeadLetterEdit, WireJson.Default.DeadLetterView, cancellationToken);

    /// <summary>Runs a step's open dead letters again.</summary>
    public Task<LaunchAnswer> RedriveAsync(RedriveBody body, CancellationToken cancellationToken = default) =>
        SendAsync(HttpMethod.Post, "dead-letters/redrive", body, WireJson.Default.RedriveBody, WireJson.Default.LaunchAnswer, cancellationToken);

    /// <summary>Runs all open dead letters of a step that have an error of one type again.</summary>
    public Task<RedriveGroupAnswer> RedriveGroupAsync(RedriveGroupBody body, CancellationToken cancellationToken = default) =>
        SendAsync(HttpMethod.Post, "dead-letters/groups/redrive", body, WireJson.Default.RedriveGroupBody, WireJson.Default.RedriveGroupAnswer, cancellationToken);

    private static string PathOf(long execution) => string.Create(CultureInfo.InvariantCulture, $"executions/{execution}");
}
