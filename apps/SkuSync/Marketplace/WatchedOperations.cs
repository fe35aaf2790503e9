using Clutch.Http;
using Clutch.Outbox.Operations;

namespace SkuSync.Marketplace;

/// <summary>Asks for operations, and notes a target whose answers no repetition mends: wrong address, credentials, or one that does not compare versions.</summary>
/// <remarks>The poller asks again whatever happens, for nothing is lost by it; who waits for the end of a delivery must hear of it at once.</remarks>
internal sealed class WatchedOperations(IOperationClient operations, ILogger<WatchedOperations> logger) : IOperationClient
{
    private volatile string? _fault;

    /// <summary>What a person must repair before operations can be asked for, or null.</summary>
    public string? Fault => _fault;

    /// <summary>Forgets what was noted, before a new attempt.</summary>
    public void Forget() => _fault = null;

    public async ValueTask<IReadOnlyList<OperationStatus>> GetStatusAsync(IReadOnlyList<OperationHandle> handles, CancellationToken cancellationToken)
    {
        try
        {
            var statuses = await operations.GetStatusAsync(handles, cancellationToken);
            _fault = null;
            return statuses;
        }
        catch (HttpFaultException fault) when (fault.Kind is HttpFaultKind.ChannelFault or HttpFaultKind.Protocol)
        {
            if (_fault is null)
                logger.ChannelFaulted(SkuChanges.Channel, fault.Message);
            _fault = fault.Message;
            throw;
        }
    }

    public ValueTask CancelAsync(OperationHandle operation, CancellationToken cancellationToken) => operations.CancelAsync(operation, cancellationToken);
}
