using System.Text.Json.Serialization.Metadata;
using Clutch.Executions;
using Clutch.Items;
using Clutch.Steps;

namespace Clutch.Jobs;

/// <summary>A step that is ready to become part of a job.</summary>
public interface IStepBuilder
{
    internal StepDefinition Build();
}

/// <summary>Begins a chunk step: says where its items come from.</summary>
public sealed class StepBuilder
{
    private readonly string _name;

    internal StepBuilder(string name) => _name = name;

    /// <summary>Reads with a reader made for each execution of the step, for each of its partitions, and anew after a transient fault of the one before.</summary>
    /// <remarks>It is disposed where it is <see cref="IAsyncDisposable"/> or <see cref="IDisposable"/>.</remarks>
    public ChunkStepBuilder<T, T> Read<T>(Func<StepContext, IItemReader<T>> reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        return new(new(_name, reader), line: null);
    }

    /// <summary>Reads a list; a restart goes on at the index where the last chunk ended, so the list must be the same then.</summary>
    public ChunkStepBuilder<T, T> ReadFrom<T>(IReadOnlyList<T> items) => Read(_ => new ListReader<T>(items));

    /// <summary>Reads a stream; a restart opens it again and passes over as many items as were committed, so they must come again in the same order.</summary>
    /// <remarks>A stream that is shorter then fails the step. Its token is cancelled when the step ends, whatever the reason: a stream that waits for its next item must heed it.</remarks>
    public ChunkStepBuilder<T, T> ReadFrom<T>(Func<StepContext, IAsyncEnumerable<T>> open) => Read(_ => new StreamReader<T>(open));
}

/// <summary>What a chunk step is made of, apart from its processors.</summary>
internal sealed class ChunkStepParts<TIn>(string name, Func<StepContext, IItemReader<TIn>> reader)
{
    public string Name { get; } = name;

    public Func<StepContext, IItemReader<TIn>> Reader { get; } = reader;

    public ChunkOptions Options { get; set; } = new();

    public Func<JsonTypeInfo<TIn>>? ItemType { get; set; }

    public int? StartLimit { get; set; }

    public bool RunsAgainOnRestart { get; set; }

    public Func<StepContext, IPartitioner>? Partitioner { get; set; }

    public int PartitionConcurrency { get; set; } = 4;

    public PartitionSpread? Spread { get; set; }
}

/// <summary>Defines a chunk step: its processors, its writer, its chunks, and what it does with faults.</summary>
public sealed class ChunkStepBuilder<TIn, TOut> : IStepBuilder
{
    private readonly ChunkStepParts<TIn> _parts;
    private readonly Func<StepContext, Func<FaultPolicy, Action, ProcessingLine<TIn, TOut>>>? _line;
    private Func<StepContext, IItemWriter<TOut>>? _writer;

    internal ChunkStepBuilder(ChunkStepParts<TIn> parts, Func<StepContext, Func<FaultPolicy, Action, ProcessingLine<TIn, TOut>>>? line)
    {
        _parts = parts;
        _line = line;
    }

    /// <summary>Processes items one by one; null filters an item, an exception fails that item alone.</summary>
    /// <remarks>An output of a value type is never null: leave items out with <see cref="Filter"/> there.</remarks>
    public ChunkStepBuilder<TIn, TNext> Process<TNext>(Func<TOut, TNext?> map) => ProcessWith(_ => new EachProcessor<TOut, TNext>(map));

    /// <summary>Processes items one after the other with an asynchronous function; null filters an item, an exception fails that item alone.</summary>
    /// <remarks>An output of a value type is never null: leave items out with <see cref="Filter"/> there.</remarks>
    public ChunkStepBuilder<TIn, TNext> Process<TNext>(Func<TOut, CancellationToken, ValueTask<TNext?>> map) =>
        ProcessWith(_ => new EachAsyncProcessor<TOut, TNext>(map));

    /// <summary>Makes any number of outputs of each item; none counts as filtered.</summary>
    public ChunkStepBuilder<TIn, TNext> ProcessMany<TNext>(Func<TOut, IEnumerable<TNext>> map) => ProcessWith(_ => new ManyProcessor<TOut, TNext>(map));

    /// <summary>Processes a chunk at a time: look up in bulk, then keep, filter or fail each item.</summary>
    public ChunkStepBuilder<TIn, TNext> ProcessChunk<TNext>(Func<ItemBatch<TOut, TNext>, CancellationToken, ValueTask> process) =>
        ProcessWith(_ => new ChunkProcessor<TOut, TNext>(process));

    /// <summary>Processes with a processor made for each execution of the step and each of its partitions.</summary>
    /// <remarks>It is not disposed: what needs that, take from the services of the <see cref="StepContext"/>, whose scope ends with the step.</remarks>
    public ChunkStepBuilder<TIn, TNext> ProcessWith<TNext>(Func<StepContext, IItemProcessor<TOut, TNext>> processor)
    {
        ArgumentNullException.ThrowIfNull(processor);
        return new(_parts, step =>
        {
            var made = processor(step);
            if (_line is null)
                return (policy, onRetry) => FirstStage(new ProcessingStage<TOut, TNext>(made, policy, onRetry));
            var before = _line(step);
            return (policy, onRetry) => new ProcessingChain<TIn, TOut, TNext>(before(policy, onRetry), new(made, policy, onRetry));
        });
    }

    /// <summary>Keeps only the items that fit a condition.</summary>
    public ChunkStepBuilder<TIn, TOut> Filter(Func<TOut, bool> condition) => ProcessWith(_ => new FilterProcessor<TOut>(condition));

    /// <summary>Writes with a writer made for each execution of the step and each of its partitions.</summary>
    /// <remarks>It is disposed where it is <see cref="IAsyncDisposable"/> or <see cref="IDisposable"/>. Of several calls the last counts.</remarks>
    public ChunkStepBuilder<TIn, TOut> Write(Func<StepContext, IItemWriter<TOut>> writer)
    {
        _writer = writer;
        return this;
    }

    /// <summary>Writes chunks with a function.</summary>
    public ChunkStepBuilder<TIn, TOut> WriteChunk(Func<WriteBatch<TOut>, ChunkContext, CancellationToken, ValueTask> write) =>
        Write(_ => new ChunkFunctionWriter<TOut>(write));

    /// <summary>Items written and committed together: 1 to 100,000; 1,000 by default.</summary>
    /// <remarks>A larger chunk writes faster, and redoes more after a crash.</remarks>
    public ChunkStepBuilder<TIn, TOut> ChunkSize(int size)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(size, 100_000);
        return With(options => options with { ChunkSize = size });
    }

    /// <summary>Chunks processed at a time: 1 to 256; 1 by default. They are committed in read order all the same.</summary>
    public ChunkStepBuilder<TIn, TOut> Concurrency(int chunks)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(chunks, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(chunks, 256);
        return With(options => options with { Concurrency = chunks });
    }

    /// <summary>Tries what fails with a transient fault so often in all: 1 (never again) to 100. Without this call, too, it is 3.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not from 1 to 100.</exception>
    public ChunkStepBuilder<TIn, TOut> Retry(int attempts) => Retry(_parts.Options.Retry with { Attempts = attempts });

    /// <summary>Says how often, and after which waits, a transient fault is tried again. Without this call, as <see cref="RetryOptions"/> has it: 3 attempts.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
    public ChunkStepBuilder<TIn, TOut> Retry(RetryOptions retry)
    {
        ArgumentNullException.ThrowIfNull(retry);
        retry.Validate();
        return With(options => options with { Retry = retry });
    }

    /// <summary>Counts an exception, or one that wraps it, as transient, besides those the store and HTTP count as such.</summary>
    /// <remarks>Of several rules the last that fits decides.</remarks>
    /// <param name="condition">A further condition, or null.</param>
    public ChunkStepBuilder<TIn, TOut> Transient<TFault>(Func<TFault, bool>? condition = null)
        where TFault : Exception =>
        With(options => options with { TransientRules = [.. options.TransientRules, fault => fault is TFault fits && (condition is null || condition(fits)) ? true : null] });

    /// <summary>Does not count an exception, or one that wraps it, as transient, although the store, HTTP or a rule before this one would.</summary>
    /// <remarks>Of several rules the last that fits decides: a later <see cref="Transient"/> that fits overrides this one.</remarks>
    public ChunkStepBuilder<TIn, TOut> NotTransient<TFault>()
        where TFault : Exception =>
        With(options => options with { TransientRules = [.. options.TransientRules, fault => fault is TFault ? false : null] });

    /// <summary>Skips items that fail with an exception, or with one that wraps it; each becomes a dead letter.</summary>
    /// <remarks>Of several rules, those of <see cref="NoSkip"/> among them, the last that fits decides.</remarks>
    /// <param name="limit">
    /// How many items the step may skip in all, exactly so many: one limit for all rules, all partitions and all executions of the job instance; the last that is given counts.
    /// Null leaves it as it is, and where none was ever given, any number may be skipped.
    /// </param>
    /// <param name="condition">A further condition, or null.</param>
    public ChunkStepBuilder<TIn, TOut> Skip<TFault>(long? limit = null, Func<TFault, bool>? condition = null)
        where TFault : Exception =>
        WithSkip(skip => skip with
        {
            Limit = limit ?? skip.Limit,
            Rules = [.. skip.Rules, new(typeof(TFault), IsSkippable: true, condition is null ? null : fault => condition((TFault)fault))],
        });

    /// <summary>Does not skip items that fail with an exception, or with one that wraps it, although a rule before this one would.</summary>
    /// <remarks>Of several rules the last that fits decides: a later <see cref="Skip"/> of a wider exception overrides this one, so write it after that.</remarks>
    public ChunkStepBuilder<TIn, TOut> NoSkip<TFault>()
        where TFault : Exception => WithSkip(skip => skip with { Rules = [.. skip.Rules, new(typeof(TFault), IsSkippable: false)] });

    /// <summary>Lets the step skip at most a share of the records read, 0 to 1: looked at after each chunk once 1,000 records were read, and at the end, over all partitions.</summary>
    /// <remarks>It skips nothing by itself: <see cref="Skip"/> says what may be skipped, and its limit holds as well.</remarks>
    /// <exception cref="ArgumentOutOfRangeException">It is not from 0 to 1.</exception>
    public ChunkStepBuilder<TIn, TOut> SkipShare(double share)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(share);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(share, 1);
        return WithSkip(skip => skip with { Share = share });
    }

    /// <summary>Describes the items that the reader reads, so that dead letters hold them as JSON and can be run again.</summary>
    /// <remarks>Without it letters hold what <c>ToString()</c> says of an item, for people to read, and a re-drive is refused.</remarks>
    public ChunkStepBuilder<TIn, TOut> ItemType(JsonTypeInfo<TIn> typeInfo)
    {
        ArgumentNullException.ThrowIfNull(typeInfo);
        return ItemType(() => typeInfo);
    }

    /// <summary>Describes the items that the reader reads, so that dead letters hold them as JSON and can be run again; asked for when there is a letter.</summary>
    /// <remarks>A program starts sooner where no description is made that it does not need: <c>.ItemType(() => ProductJson.Default.Product)</c>.</remarks>
    public ChunkStepBuilder<TIn, TOut> ItemType(Func<JsonTypeInfo<TIn>> typeInfo)
    {
        ArgumentNullException.ThrowIfNull(typeInfo);
        _parts.ItemType = typeInfo;
        return this;
    }

    /// <summary>Commits chunks to another database, which keeps the checkpoint beside its data.</summary>
    /// <remarks>The job repository must be in a database, too. Dead letters of the step cannot be run again.</remarks>
    /// <param name="target">The name under which it was registered with <c>AddPostgreSqlTarget</c> or <c>AddSqliteTarget</c>; with any other the step fails.</param>
    public ChunkStepBuilder<TIn, TOut> CommitTo(string target) => With(options => options with { Target = target });

    /// <summary>Lets the step begin so often over the whole job instance; then the job fails without running it.</summary>
    public ChunkStepBuilder<TIn, TOut> StartLimit(int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        _parts.StartLimit = count;
        return this;
    }

    /// <summary>Runs the step again, from its beginning, on every restart that comes to it although it has completed.</summary>
    public ChunkStepBuilder<TIn, TOut> RunAgainOnRestart()
    {
        _parts.RunsAgainOnRestart = true;
        return this;
    }

    /// <summary>Cuts the source into partitions; the reader takes its part from <see cref="StepContext.PartitionData"/>.</summary>
    /// <param name="partitioner">Makes the cut, once per job instance.</param>
    /// <param name="concurrency">Partitions at work at a time in this process: 1 to 256; 4 by default.</param>
    public ChunkStepBuilder<TIn, TOut> Partition(Func<StepContext, IPartitioner> partitioner, int concurrency = 4)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(concurrency, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(concurrency, 256);
        _parts.Partitioner = partitioner;
        _parts.PartitionConcurrency = concurrency;
        return this;
    }

    /// <summary>Lets other processes help with the step's partitions, where the program has a cluster (<c>AddClutchSchedules</c> on PostgreSQL); elsewhere, and without <see cref="Partition"/>, it changes nothing.</summary>
    /// <param name="nodeLabel">The label that a helper's node must have, or null for any node.</param>
    public ChunkStepBuilder<TIn, TOut> OnAllNodes(string? nodeLabel = null)
    {
        _parts.Spread = new(nodeLabel);
        return this;
    }

    StepDefinition IStepBuilder.Build()
    {
        var step = new ChunkStep<TIn, TOut>
        {
            Name = _parts.Name,
            Reader = _parts.Reader,
            Line = _line ?? (_ => (_, _) => FirstStage(new PassThrough<TOut>())),
            Writer = _writer ?? throw new InvalidOperationException("It has no writer. End it with Write(...) or WriteChunk(...)."),
            Options = _parts.Options,
            ItemType = _parts.ItemType,
            StartLimit = _parts.StartLimit,
            RunsAgainOnRestart = _parts.RunsAgainOnRestart,
        };
        return _parts.Partitioner is null
            ? step
            : new PartitionedStep(step, _parts.Partitioner, _parts.PartitionConcurrency) { Name = step.Name, StartLimit = step.StartLimit, RunsAgainOnRestart = step.RunsAgainOnRestart, Spread = _parts.Spread };
    }

    // Until the first processor is given, TIn and TOut are the same type; the compiler cannot know.
    private static ProcessingLine<TIn, TNext> FirstStage<TNext>(ProcessingLine<TOut, TNext> stage) => (ProcessingLine<TIn, TNext>)(object)stage;

    private ChunkStepBuilder<TIn, TOut> With(Func<ChunkOptions, ChunkOptions> change)
    {
        _parts.Options = change(_parts.Options);
        return this;
    }

    private ChunkStepBuilder<TIn, TOut> WithSkip(Func<SkipOptions, SkipOptions> change) => With(options => options with { Skip = change(options.Skip) });
}
