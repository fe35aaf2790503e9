using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Clutch.Executions;
using Clutch.Items;
using Clutch.Repository;
using Microsoft.Extensions.DependencyInjection;

namespace Clutch.Steps;

/// <summary>Reads the open dead letters of a step, so that they run through its processors and writer again.</summary>
/// <remarks>The re-drive's parameters <c>instance</c>, <c>letter</c> and <c>failure</c> say which; letters of records that could not even be read stay open.</remarks>
internal sealed class RedriveReader<T>(JsonTypeInfo<T> itemType) : IItemReader<T>
{
    /// <summary>The job instance whose letters are read.</summary>
    public const string InstanceParameter = "instance";

    /// <summary>The one letter to read; absent for all.</summary>
    public const string LetterParameter = "letter";

    /// <summary>The type of the error whose letters are read; absent for all.</summary>
    public const string FailureParameter = "failure";

    private IJobRepository _repository = null!;
    private string _failure = string.Empty;
    private DeadLetterFilter _filter = null!;
    private long _last;

    public ValueTask OpenAsync(Checkpoint? resumeFrom, StepContext step, CancellationToken cancellationToken)
    {
        _repository = step.Services.GetRequiredService<IJobRepository>();
        var asked = step.Redrive!;
        var letter = asked.Get(LetterParameter, 0L);
        _last = letter > 0 ? letter : long.MaxValue;
        _failure = asked.Get(FailureParameter, string.Empty);
        _filter = new()
        {
            InstanceId = new(asked.Get<long>(InstanceParameter)),
            StepName = step.StepName,
            After = Math.Max(resumeFrom?.ToPosition() ?? 0, letter - 1),
        };
        return ValueTask.CompletedTask;
    }

    public async ValueTask ReadAsync(ReadBatch<T> batch, CancellationToken cancellationToken)
    {
        // A call that adds nothing means that nothing follows, so a page of letters that nobody asked for is passed over here.
        var before = (batch.Count, batch.Rejects.Count);
        do
            await ReadPageAsync(batch, cancellationToken);
        while (before == (batch.Count, batch.Rejects.Count) && !batch.IsEnd);
    }

    private async ValueTask ReadPageAsync(ReadBatch<T> batch, CancellationToken cancellationToken)
    {
        var page = await _repository.ListDeadLettersAsync(_filter with { Limit = batch.Remaining }, cancellationToken);
        foreach (var letter in page.Where(IsAsked))
            Add(batch, letter);
        if (page.Count > 0)
            _filter = _filter with { After = page[^1].Id };
        batch.Checkpoint = Checkpoint.At(_filter.After);
        if (page.Count == 0 || _filter.After >= _last)
            batch.End();
    }

    private bool IsAsked(DeadLetter letter) =>
        letter.Id <= _last && letter.Phase is not SkipPhase.Read && letter.Payload is not null && (_failure.Length == 0 || letter.Failure.Type == _failure);

    private void Add(ReadBatch<T> batch, DeadLetter letter)
    {
        try
        {
            var item = JsonSerializer.Deserialize(letter.Payload!, itemType) ?? throw new JsonException("The payload is null.");
            batch.Add(item);
            batch.Letters.Add(letter.Id);
        }
        catch (JsonException fault)
        {
            batch.Reject(fault, letter.Payload, $"dead letter {letter.Id}");
        }
    }
}
