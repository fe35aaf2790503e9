using Microsoft.Extensions.Logging;

namespace Clutch.Outbox.Receiving;

/// <summary>Log messages of the server half: 57xx.</summary>
internal static partial class ReceivingLog
{
    [LoggerMessage(5701, LogLevel.Error, "Working on queue {Queue} failed; trying again")]
    public static partial void WorkFailed(this ILogger logger, string queue, Exception fault);

    [LoggerMessage(5702, LogLevel.Warning, "Operation {OperationId} went to another worker; what was under way here was undone")]
    public static partial void OperationLost(this ILogger logger, string operationId);

    [LoggerMessage(5703, LogLevel.Warning, "Item {ItemId} of operation {OperationId} failed")]
    public static partial void ItemFailed(this ILogger logger, string operationId, string itemId, Exception fault);

    [LoggerMessage(5704, LogLevel.Warning, "Deleting expired keys and operations failed; trying again later")]
    public static partial void SweepFailed(this ILogger logger, Exception fault);

    [LoggerMessage(5705, LogLevel.Warning, "Operation {OperationId} could not be given back; its lease will end")]
    public static partial void ReleaseFailed(this ILogger logger, string operationId, Exception fault);

    [LoggerMessage(5706, LogLevel.Warning, "The lease of operation {OperationId} could not be renewed; trying again")]
    public static partial void RenewFailed(this ILogger logger, string operationId, Exception fault);
}
