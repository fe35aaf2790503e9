using System.Globalization;
using Clutch.Executions;
using Clutch.Items;
using Clutch.Jobs;
using Clutch.Steps;

namespace Clutch.Hosting;

/// <summary>Output for people.</summary>
internal sealed class TextOutput(TextWriter output) : CommandOutput
{
    public override void Say(string message) => output.WriteLine(message);

    public override void Jobs(IEnumerable<JobDefinition> jobs)
    {
        foreach (var job in jobs)
        {
            output.WriteLine(job.Description is null ? job.Name : $"{job.Name}  {job.Description}");
            foreach (var parameter in job.Parameters)
                output.WriteLine($"  {Describe(parameter)}");
        }
    }

    public override void Recovered(JobExecution execution) =>
        output.WriteLine($"Recovered execution {execution.Id} of job '{execution.JobName}': its process is gone ({execution.Node}).");

    public override void Launched(JobExecution execution)
    {
        var parameters = execution.Parameters.All.Count == 0 ? string.Empty : $" ({execution.Parameters})";
        output.WriteLine(execution.Attempt == 1
            ? $"Job '{execution.JobName}' started as execution {execution.Id}{parameters}."
            : $"Job '{execution.JobName}' goes on as execution {execution.Id}, attempt {execution.Attempt}{parameters}.");
    }

    public override void Progress(JobExecution execution, IReadOnlyList<StepProgressSnapshot> steps)
    {
        foreach (var step in steps.Where(step => step.Status is BatchStatus.Started))
            output.WriteLine(ProgressText.Plain(step));
    }

    public override void Ended(JobExecution execution, IReadOnlyList<StepExecution> steps)
    {
        WriteSteps(steps);
        var elapsed = execution.EndedAt - execution.StartedAt;
        output.WriteLine($"Job '{execution.JobName}' ended {execution.Status}: execution {execution.Id}{(elapsed is null ? string.Empty : $" after {Elapsed(elapsed.Value)}")}.");
        if (execution.Failure is not null)
            output.WriteLine($"{execution.Failure.Type}: {execution.Failure.Message}");
        if (execution.Status.IsRestartable)
            output.WriteLine($"'restart {execution.Id}', or the same 'run' again, goes on where it stopped.");
    }

    public override void Executions(IReadOnlyList<JobExecution> executions)
    {
        if (executions.Count == 0)
            output.WriteLine("No executions. 'run JOB' starts one; 'jobs' shows the jobs.");
        else
            WriteTable(["ID", "JOB", "STATUS", "ATTEMPT", "STARTED (UTC)", "ELAPSED", "PARAMETERS"], executions.Select(Row));
    }

    public override void Execution(JobExecution execution, IReadOnlyList<StepExecution> steps)
    {
        output.WriteLine($"Execution {execution.Id} of job '{execution.JobName}', instance {execution.InstanceId}, attempt {execution.Attempt}");
        output.WriteLine($"  status      {execution.Status}{(execution.ExitCode is null || execution.ExitCode == execution.Status.ToString() ? string.Empty : $" ({execution.ExitCode})")}");
        output.WriteLine($"  parameters  {execution.Parameters}");
        output.WriteLine($"  node        {execution.Node}");
        output.WriteLine($"  started     {execution.StartedAt:u}");
        if (execution.EndedAt is { } endedAt)
            output.WriteLine($"  ended       {endedAt:u}, after {Elapsed(endedAt - execution.StartedAt)}");
        WriteSteps(steps);
        foreach (var step in steps.Where(step => step.Failure is not null))
            output.WriteLine($"Step '{NameOf(step)}' failed with {step.Failure!.Type}: {step.Failure.Message}");
        if (execution.Failure is not null)
            output.WriteLine($"{execution.Failure.Type}: {execution.Failure.Message}");
    }

    public override void DeadLetters(IReadOnlyList<DeadLetter> letters)
    {
        if (letters.Count == 0)
            output.WriteLine("No dead letters.");
        else
            WriteTable(["LETTER", "STEP", "PHASE", "ITEM", "WHERE", "STATUS", "ERROR", "PAYLOAD"], letters.Select(Row));
    }

    private static string[] Row(DeadLetter letter) =>
    [
        letter.Id.ToString(CultureInfo.InvariantCulture),
        letter.Partition is null ? letter.StepName : $"{letter.StepName}/{letter.Partition}",
        letter.Phase.ToString(),
        letter.Ordinal.ToString(CultureInfo.InvariantCulture),
        letter.Location ?? "-",
        letter.Status.ToString(),
        Cut($"{letter.Failure.Type}: {letter.Failure.Message}", 100),
        Cut(letter.Payload ?? "-", 120),
    ];

    private static string Cut(string text, int length)
    {
        // A line break or an escape sequence in foreign text must not break the table or the terminal.
        var line = string.Concat(text.Select(character => char.IsControl(character) ? ' ' : character));
        return line.Length <= length ? line : string.Concat(line.AsSpan(0, length - 1), "…");
    }

    private static string Describe(ParameterDefinition parameter)
    {
        var kind = parameter.IsRequired ? "required" : parameter.Default is null ? "optional" : $"default {parameter.Default}";
        var identity = parameter.IsIdentifying ? string.Empty : ", non-identifying";
        return $"{parameter.Name}=<{parameter.Type.Name}>  {kind}{identity}{(parameter.Description is null ? string.Empty : $"  {parameter.Description}")}";
    }

    private static string[] Row(JobExecution execution) =>
    [
        execution.Id.ToString(),
        execution.JobName,
        execution.Status.ToString(),
        execution.Attempt.ToString(CultureInfo.InvariantCulture),
        execution.StartedAt.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture),
        execution.EndedAt is { } endedAt ? Elapsed(endedAt - execution.StartedAt) : "-",
        execution.Parameters.ToString(),
    ];

    private static string NameOf(StepExecution step) => step.Partition is null ? step.StepName : $"{step.StepName}/{step.Partition}";

    private static string Elapsed(TimeSpan elapsed) => ProgressText.Time(elapsed);

    private static string Number(long count) => count.ToString("N0", CultureInfo.InvariantCulture);

    private void WriteSteps(IReadOnlyList<StepExecution> steps)
    {
        if (steps.Count > 0)
            WriteTable(["STEP", "STATUS", "READ", "WRITTEN", "FILTERED", "SKIPPED", "CHUNKS", "RETRIES", "ITEMS/S"], steps.Select(StepRow));
    }

    private static string[] StepRow(StepExecution step)
    {
        var elapsed = (step.EndedAt ?? step.UpdatedAt) - step.StartedAt;
        return
        [
            NameOf(step),
            step.Status.ToString(),
            Number(step.Counts.Read),
            Number(step.Counts.Written),
            Number(step.Counts.Filtered),
            Number(step.Counts.Skipped),
            Number(step.Counts.Commits),
            Number(step.Counts.Retries),
            elapsed is { TotalSeconds: > 0 } && step.Counts.Read > 0 ? Number((long)(step.Counts.Read / elapsed.Value.TotalSeconds)) : "-",
        ];
    }

    private void WriteTable(string[] header, IEnumerable<string[]> rows)
    {
        List<string[]> all = [header, .. rows];
        var widths = Enumerable.Range(0, header.Length).Select(column => all.Max(row => row[column].Length)).ToArray();
        foreach (var row in all)
            output.WriteLine(string.Join("  ", row.Select((cell, column) => IsNumber(all, column) ? cell.PadLeft(widths[column]) : cell.PadRight(widths[column]))).TrimEnd());
    }

    private static bool IsNumber(List<string[]> rows, int column) => rows.Skip(1).All(row => row[column].Length > 0 && (char.IsAsciiDigit(row[column][0]) || row[column] == "-"));
}
