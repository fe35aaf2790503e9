// A reader, a writer and a listener of one's own: lines of a feed become readings in a file that appears when it is complete.
//   dotnet run -c Release samples/11-reader-and-writer.cs run collect lines=20000
// Kill it (kill -9) and run it again: the reader goes on at its checkpoint, and the file is cut back to the last chunk.
#:project ../src/Clutch.Sqlite/Clutch.Sqlite.csproj
#:package Microsoft.Extensions.Hosting

using System.Globalization;
using Clutch.Executions;
using Clutch.Items;
using Clutch.Steps;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

Directory.CreateDirectory("data");
var services = new ServiceCollection();
services.AddLogging(logging => logging
    .AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace)   // standard output stays for what the commands say
    .SetMinimumLevel(LogLevel.Warning));
services.AddClutchSqlite("Data Source=data/collect.db");
services.AddClutch(clutch => clutch
    .AddListener<FailureLog>()                                                     // hears of all jobs
    .AddJob("collect", job => job
        .Parameter<int>("lines", lines => lines.WithDefault(20_000))
        .Listener(_ => new Bell())                                                 // hears of this one
        .Step("collect", step => step
            .Read(context => new FeedReader(new Feed(context.Parameters.Get<int>("lines"))))
            .ProcessMany(line => line.Values.Select(value => new Value(line.Sensor, value)))   // none counts as filtered
            .ProcessChunk<Reading>(Sensors.NameAsync)
            .Write(context => new ReadingFile($"data/readings-{context.Parameters.Get<int>("lines")}.txt"))
            .ChunkSize(500)
            .NotTransient<TimeoutException>()                                      // a sensor that is silent stays silent: no retry
            .Skip<FormatException>(limit: 1_000).Skip<TimeoutException>())));

await using var provider = services.BuildServiceProvider();
return await provider.RunClutchAsync(args);

internal sealed record Line(string Sensor, double[] Values);

internal sealed record Value(string Sensor, double Number);

internal sealed record Reading(string Place, double Number);

/// <summary>Stands for a source with places to return to: line n is the same whenever it is asked for. Each hundredth is broken.</summary>
internal sealed class Feed(int count)
{
    public int Count => count;

    public Task<IReadOnlyList<string>> ListAsync(int from, int limit, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<string>>([.. Enumerable.Range(from, Math.Min(limit, count - from)).Select(Make)]);

    private static string Make(int number) => number % 100 == 99 ? "?" : string.Create(CultureInfo.InvariantCulture, $"sensor-{number % 7} {number / 10.0} {number / 4.0}");
}

/// <summary>Reads lines; its checkpoint is the number of those it has read.</summary>
internal sealed class FeedReader(Feed feed) : IItemReader<Line>
{
    private int _next;

    public ValueTask OpenAsync(Checkpoint? resumeFrom, StepContext step, CancellationToken cancellationToken)
    {
        _next = (int)(resumeFrom?.ToPosition() ?? 0);
        return ValueTask.CompletedTask;
    }

    public async ValueTask ReadAsync(ReadBatch<Line> batch, CancellationToken cancellationToken)
    {
        foreach (var text in await feed.ListAsync(_next, batch.Remaining, cancellationToken))
        {
            _next++;
            if (text.Split(' ') is [var sensor, .. { Length: > 0 } values])
                batch.Add(new(sensor, [.. values.Select(value => double.Parse(value, CultureInfo.InvariantCulture))]));
            else
                batch.Reject(new FormatException($"'{text}' is no reading."), payload: text, location: $"feed:{_next}");   // the skip rules decide
        }

        batch.Checkpoint = Checkpoint.At(_next);                  // the place after everything added, rejects as well
        batch.Fraction = (double)_next / feed.Count;              // for progress bars; leave it out where nobody knows
        if (_next == feed.Count)
            batch.End();
    }
}

internal static class Sensors
{
    /// <summary>Sees the whole chunk, and says of each item what became of it.</summary>
    public static async ValueTask NameAsync(ItemBatch<Value, Reading> batch, CancellationToken cancellationToken)
    {
        var places = await FindPlacesAsync(batch.Items.ToArray().Select(value => value.Sensor).Distinct(), cancellationToken);   // one call a chunk
        for (var index = 0; index < batch.Count; index++)
        {
            if (!places.TryGetValue(batch[index].Sensor, out var place))
                batch.Fail(index, new TimeoutException($"'{batch[index].Sensor}' does not answer."));
            else if (batch[index].Number < 0)
                batch.Filter(index);
            else
                batch.Keep(index, new(place, batch[index].Number));
        }
    }

    private static Task<Dictionary<string, string>> FindPlacesAsync(IEnumerable<string> sensors, CancellationToken cancellationToken) =>
        Task.FromResult(sensors.Where(sensor => sensor != "sensor-6").ToDictionary(sensor => sensor, sensor => $"Hall {sensor[^1]}"));
}

/// <summary>Writes a file, which no transaction holds: it follows the chunks by its own checkpoint, its length.</summary>
internal sealed class ReadingFile(string path) : IItemWriter<Reading>, ICheckpointedWriter, IAsyncDisposable
{
    private readonly string _partial = path + ".partial";
    private FileStream? _file;

    public ValueTask OpenAsync(Checkpoint? resumeFrom, StepContext step, CancellationToken cancellationToken)
    {
        // A crash between the publication and the end of the step: there is nothing left to do.
        if (resumeFrom is not null && !File.Exists(_partial) && File.Exists(path))
            return ValueTask.CompletedTask;
        _file = new(_partial, FileMode.OpenOrCreate);
        return RollbackAsync(resumeFrom, cancellationToken);
    }

    public async ValueTask WriteAsync(WriteBatch<Reading> batch, ChunkContext chunk, CancellationToken cancellationToken)
    {
        var lines = string.Concat(batch.Items.ToArray().Select(reading => string.Create(CultureInfo.InvariantCulture, $"{reading.Place};{reading.Number}\n")));
        await _file!.WriteAsync(System.Text.Encoding.UTF8.GetBytes(lines), cancellationToken);
    }

    public ValueTask<Checkpoint> FlushAsync(CancellationToken cancellationToken)
    {
        _file!.Flush(flushToDisk: true);
        return ValueTask.FromResult(Checkpoint.At(_file.Position));
    }

    public ValueTask RollbackAsync(Checkpoint? committed, CancellationToken cancellationToken)
    {
        _file!.SetLength(committed?.ToPosition() ?? 0);
        _file.Seek(0, SeekOrigin.End);
        return ValueTask.CompletedTask;
    }

    public async ValueTask CompleteAsync(CancellationToken cancellationToken)
    {
        await DisposeAsync();
        if (File.Exists(_partial))
            File.Move(_partial, path, overwrite: true);
    }

    public ValueTask DisposeAsync() => _file?.DisposeAsync() ?? ValueTask.CompletedTask;
}

/// <summary>Says when the job has ended, however it did.</summary>
internal sealed class Bell : IBatchListener
{
    public async ValueTask AfterJobAsync(JobExecution execution, CancellationToken cancellationToken) => await Console.Error.WriteLineAsync($"Ding: {execution.JobName} {execution.Status}");
}

/// <summary>Made by the services, one a job execution.</summary>
internal sealed class FailureLog(ILogger<FailureLog> logger) : IBatchListener
{
    public ValueTask AfterStepAsync(StepContext step, StepOutcome outcome, CancellationToken cancellationToken)
    {
        if (outcome.Status is BatchStatus.Failed)
            logger.LogError(outcome.Fault, "Step {StepName} of {JobName} failed", step.StepName, step.JobName);
        return ValueTask.CompletedTask;
    }
}
