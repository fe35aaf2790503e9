using System.Buffers;
using System.Text;
using System.Text.Json;
using Clutch.Executions;
using Clutch.Items;
using Clutch.Jobs;
using Clutch.Steps;

namespace Clutch.Hosting;

/// <summary>Output for programs: one JSON document a line, each with a <c>type</c>.</summary>
internal sealed class JsonOutput(TextWriter output) : CommandOutput
{
    public override void Say(string message) => Write("message", json => json.WriteString("text", message));

    public override void Jobs(IEnumerable<JobDefinition> jobs)
    {
        foreach (var job in jobs)
        {
            Write("job", json =>
            {
                json.WriteString("name", job.Name);
                json.WriteString("description", job.Description);
                json.WriteStartArray("parameters");
                foreach (var parameter in job.Parameters)
                    WriteParameter(json, parameter);
                json.WriteEndArray();
            });
        }
    }

    public override void Recovered(JobExecution execution) => Write("recovered", json => WriteExecution(json, execution));

    public override void Launched(JobExecution execution) => Write("launched", json => WriteExecution(json, execution));

    public override void Progress(JobExecution execution, IReadOnlyList<StepProgressSnapshot> steps) => Write("progress", json =>
    {
        json.WriteNumber("id", execution.Id.Value);
        json.WriteStartArray("steps");
        foreach (var step in steps)
            WriteProgress(json, step);
        json.WriteEndArray();
    });

    public override void Ended(JobExecution execution, IReadOnlyList<StepExecution> steps) => Write("ended", json => WriteWhole(json, execution, steps));

    public override void Executions(IReadOnlyList<JobExecution> executions)
    {
        foreach (var execution in executions)
            Write("execution", json => WriteExecution(json, execution));
    }

    public override void Execution(JobExecution execution, IReadOnlyList<StepExecution> steps) => Write("execution", json => WriteWhole(json, execution, steps));

    public override void DeadLetters(IReadOnlyList<DeadLetter> letters)
    {
        foreach (var letter in letters)
            Write("deadLetter", json => WriteLetter(json, letter));
    }

    private static void WriteLetter(Utf8JsonWriter json, DeadLetter letter)
    {
        json.WriteNumber("id", letter.Id);
        json.WriteNumber("instance", letter.InstanceId.Value);
        json.WriteString("step", letter.StepName);
        json.WriteString("partition", letter.Partition);
        json.WriteString("phase", letter.Phase.ToString());
        json.WriteNumber("item", letter.Ordinal);
        json.WriteString("location", letter.Location);
        json.WriteString("status", letter.Status.ToString());
        json.WriteString("payload", letter.Payload);
        WriteFailure(json, letter.Failure);
    }

    private static void WriteParameter(Utf8JsonWriter json, ParameterDefinition parameter)
    {
        json.WriteStartObject();
        json.WriteString("name", parameter.Name);
        json.WriteString("type", parameter.Type.Name);
        json.WriteBoolean("required", parameter.IsRequired);
        json.WriteBoolean("identifying", parameter.IsIdentifying);
        json.WriteString("default", parameter.Default);
        json.WriteString("description", parameter.Description);
        json.WriteEndObject();
    }

    private static void WriteWhole(Utf8JsonWriter json, JobExecution execution, IReadOnlyList<StepExecution> steps)
    {
        WriteExecution(json, execution);
        json.WriteStartArray("steps");
        foreach (var step in steps)
            WriteStep(json, step);
        json.WriteEndArray();
    }

    private static void WriteExecution(Utf8JsonWriter json, JobExecution execution)
    {
        json.WriteNumber("id", execution.Id.Value);
        json.WriteNumber("instance", execution.InstanceId.Value);
        json.WriteString("job", execution.JobName);
        json.WriteString("status", execution.Status.ToString());
        json.WriteString("exitCode", execution.ExitCode);
        json.WriteNumber("attempt", execution.Attempt);
        json.WriteString("node", execution.Node);
        json.WriteString("startedAt", execution.StartedAt);
        if (execution.EndedAt is { } endedAt)
            json.WriteString("endedAt", endedAt);
        json.WriteStartObject("parameters");
        foreach (var (name, parameter) in execution.Parameters.All)
            json.WriteString(name, parameter.Value);
        json.WriteEndObject();
        WriteFailure(json, execution.Failure);
    }

    private static void WriteStep(Utf8JsonWriter json, StepExecution step)
    {
        json.WriteStartObject();
        json.WriteNumber("id", step.Id.Value);
        json.WriteString("step", step.StepName);
        json.WriteString("partition", step.Partition);
        json.WriteString("status", step.Status.ToString());
        json.WriteString("exitCode", step.ExitCode);
        WriteCounts(json, step.Counts);
        if (step.Fraction is { } fraction)
            json.WriteNumber("fraction", fraction);
        WriteFailure(json, step.Failure);
        json.WriteEndObject();
    }

    private static void WriteProgress(Utf8JsonWriter json, StepProgressSnapshot step)
    {
        json.WriteStartObject();
        json.WriteString("step", step.StepName);
        json.WriteString("status", step.Status.ToString());
        WriteCounts(json, step.Counts);
        json.WriteNumber("itemsPerSecond", Math.Round(step.ItemsPerSecond));
        if (step.Fraction is { } fraction)
            json.WriteNumber("fraction", fraction);
        if (step.Remaining is { } remaining)
            json.WriteNumber("remainingSeconds", Math.Round(remaining.TotalSeconds, 1));
        json.WriteEndObject();
    }

    private static void WriteCounts(Utf8JsonWriter json, StepCounts counts)
    {
        json.WriteNumber("read", counts.Read);
        json.WriteNumber("written", counts.Written);
        json.WriteNumber("filtered", counts.Filtered);
        json.WriteNumber("readSkipped", counts.ReadSkipped);
        json.WriteNumber("processSkipped", counts.ProcessSkipped);
        json.WriteNumber("writeSkipped", counts.WriteSkipped);
        json.WriteNumber("commits", counts.Commits);
        json.WriteNumber("rollbacks", counts.Rollbacks);
        json.WriteNumber("retries", counts.Retries);
    }

    private static void WriteFailure(Utf8JsonWriter json, Failure? failure)
    {
        if (failure is null)
            return;
        json.WriteStartObject("failure");
        json.WriteString("type", failure.Type);
        json.WriteString("message", failure.Message);
        json.WriteEndObject();
    }

    private void Write(string type, Action<Utf8JsonWriter> body)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("type", type);
            body(json);
            json.WriteEndObject();
        }

        output.WriteLine(Encoding.UTF8.GetString(buffer.WrittenSpan));
    }
}
