using System.Runtime.ExceptionServices;
using Clutch.Http;
using Clutch.Outbox.Operations;

namespace Clutch.Outbox.Http;

/// <summary>Asks a target for operations, many with one call where it can, and reads all pages of their items.</summary>
/// <param name="target">The target.</param>
public sealed class HttpOperationClient(HttpTarget target) : IOperationClient
{
    /// <inheritdoc/>
    /// <remarks>An operation whose status cannot be read is left out; those that were read before the time was over are answered.</remarks>
    /// <exception cref="HttpFaultException">No status could be had: the target could not be asked, or what it said cannot be read.</exception>
    public async ValueTask<IReadOnlyList<OperationStatus>> GetStatusAsync(IReadOnlyList<OperationHandle> operations, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(operations);
        var parts = operations.Chunk(target.BatchStatusPath is null ? 1 : target.StatusBatchSize);
        var answers = (await Task.WhenAll(parts.Select(part => AskAsync(part, cancellationToken)))).SelectMany(static part => part).ToList();
        var statuses = answers.Select(static answer => answer.Status).OfType<OperationStatus>().ToList();
        if (statuses.Count == 0)
            ThrowFirst(answers, cancellationToken);
        return statuses;
    }

    /// <inheritdoc/>
    /// <exception cref="HttpFaultException">The target could not be asked.</exception>
    public async ValueTask CancelAsync(OperationHandle operation, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(operation);
        await target.Channel.SendAsync(new() { Method = HttpMethod.Delete, Path = PathOf(operation), Answers = [404, 409, 410] }, cancellationToken);
    }

    private static void ThrowFirst(IEnumerable<Answer> answers, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (answers.Select(static answer => answer.Fault).FirstOrDefault(static fault => fault is not null) is { } first)
            ExceptionDispatchInfo.Throw(first);
    }

    private async Task<IReadOnlyList<Answer>> AskAsync(OperationHandle[] operations, CancellationToken cancellationToken)
    {
        if (target.BatchStatusPath is null || operations.Length == 1)
            return [await TryAsync(() => AskOneAsync(operations[0], cancellationToken))];
        try
        {
            return await AskManyAsync(operations, target.BatchStatusPath, cancellationToken);
        }
        catch (HttpFaultException fault) when (fault.Fault.Cause is HttpRequestException { HttpRequestError: HttpRequestError.ConfigurationLimitExceeded })
        {
            // The answer is longer than is read: that of half of them may not be.
            var halves = operations.Chunk((operations.Length + 1) / 2).Select(half => AskAsync(half, cancellationToken));
            return [.. (await Task.WhenAll(halves)).SelectMany(static half => half)];
        }
        catch (Exception fault)
        {
            return [new(null, fault)];
        }
    }

    // One that cannot be read, whatever is wrong with it, must not cost the others their statuses.
    private static async Task<Answer> TryAsync(Func<Task<OperationStatus>> ask)
    {
        try
        {
            return new(await ask(), null);
        }
        catch (Exception fault)
        {
            return new(null, fault);
        }
    }

    private async Task<IReadOnlyList<Answer>> AskManyAsync(OperationHandle[] operations, string path, CancellationToken cancellationToken)
    {
        var call = HttpCall.Post(path, new BatchGetBody { Ids = [.. operations.Select(operation => operation.CorrelationId)] }, OperationJson.Default.BatchGetBody);
        var (body, address, retryAfter) = await target.Channel.SendAsync(call, answer => (answer.ReadJson(OperationJson.Default.OperationsBody), answer.Address, answer.RetryAfter), cancellationToken);
        var known = (body.Operations ?? []).Where(operation => operation?.Id is not null).ToLookup(operation => operation.Id!);
        var lost = (body.NotFound ?? []).ToHashSet();
        var answers = new List<Answer>();
        foreach (var operation in operations)
        {
            if (known[operation.CorrelationId].FirstOrDefault() is { } found)
                answers.Add(await TryAsync(() => ReadAsync(operation, found, address, retryAfter, cancellationToken)));
            else if (lost.Contains(operation.CorrelationId))
                answers.Add(new(Lost(operation), null));
        }

        return answers;
    }

    private async Task<OperationStatus> AskOneAsync(OperationHandle operation, CancellationToken cancellationToken)
    {
        var answer = await GetAsync(operation, after: null, cancellationToken);
        return answer.Body is null ? Lost(operation) : await ReadAsync(operation, answer.Body, answer.Address, answer.RetryAfter, cancellationToken);
    }

    private async Task<OperationStatus> ReadAsync(OperationHandle operation, OperationBody body, string address, TimeSpan? retryAfter, CancellationToken cancellationToken)
    {
        if (!ItemResults.TryRead(body.Status, out OperationState state) || state == OperationState.Lost)
            throw ItemResults.Breaks(address, $"operation '{operation.CorrelationId}' has the unknown status '{body.Status}'");
        var status = new OperationStatus
        {
            Operation = operation,
            State = state,
            RetryAfter = ItemResults.WishOf(body.RetryAfter) ?? retryAfter,
            Problem = ItemResults.ProblemOf(body.Problem),
            IsRetryable = body.Retryable ?? true,
        };
        return status.IsDone ? status with { Items = await ReadItemsAsync(operation, body, address, cancellationToken) } : status;
    }

    private async Task<IReadOnlyList<ItemResult>> ReadItemsAsync(OperationHandle operation, OperationBody first, string address, CancellationToken cancellationToken)
    {
        var items = new List<ItemResult>(ItemResults.From(Settled(first.Items), address));
        var read = new HashSet<string>(StringComparer.Ordinal);
        for (var after = first.NextItem; !string.IsNullOrEmpty(after);)
        {
            var page = await GetAsync(operation, after, cancellationToken);
            if (page.Body is null || !read.Add(after))
                throw ItemResults.Breaks(address, $"the items of operation '{operation.CorrelationId}' after '{after}' cannot be had");
            items.AddRange(ItemResults.From(Settled(page.Body.Items), address));
            after = page.Body.NextItem;
        }

        return items;

        // What was cancelled before its turn has no result, and a cancelled operation says so of its items.
        IReadOnlyList<ItemBody> Settled(IReadOnlyList<ItemBody>? page) => [.. (page ?? []).Where(item => item?.Outcome is not null || !ItemResults.IsCancelled(first.Status))];
    }

    private ValueTask<(OperationBody? Body, string Address, TimeSpan? RetryAfter)> GetAsync(OperationHandle operation, string? after, CancellationToken cancellationToken)
    {
        var path = PathOf(operation);
        var call = HttpCall.Get(after is null ? path : $"{path}{(path.Contains('?', StringComparison.Ordinal) ? '&' : '?')}after={Uri.EscapeDataString(after)}") with { Answers = [404, 410] };
        return target.Channel.SendAsync(call, Read, cancellationToken);
    }

    private static (OperationBody? Body, string Address, TimeSpan? RetryAfter) Read(HttpAnswer answer)
    {
        if (answer.StatusCode == 410)
            return (null, answer.Address, null);
        // A 404 without problem details comes from a proxy or from a wrong route: it says nothing about the operation.
        if (answer.StatusCode == 404)
            return answer.ContentType == "application/problem+json" ? (null, answer.Address, null) : throw WrongRoute(answer.Address);
        return (answer.ReadJson(OperationJson.Default.OperationBody), answer.Address, answer.RetryAfter);
    }

    private string PathOf(OperationHandle operation) =>
        operation.StatusUrl ?? target.StatusPath.Replace("{id}", Uri.EscapeDataString(operation.CorrelationId), StringComparison.Ordinal);

    private static OperationStatus Lost(OperationHandle operation) => new() { Operation = operation, State = OperationState.Lost };

    private static HttpFaultException WrongRoute(string address) => new(new()
    {
        Kind = HttpFaultKind.ChannelFault,
        Address = address,
        StatusCode = 404,
        Message = $"'{address}' answered 404 without problem details: there is no such route. Check StatusPath and the status URLs that the target gives.",
    });

    /// <summary>The status of an operation, or why it could not be had: of one, or of all that were asked for with one call.</summary>
    private sealed record Answer(OperationStatus? Status, Exception? Fault);
}
