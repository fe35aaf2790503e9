using Microsoft.Extensions.Logging;

namespace Clutch.PostgreSql;

/// <summary>Every log message of this store. Ids: 62xx.</summary>
internal static partial class Log
{
    [LoggerMessage(6201, LogLevel.Debug, "The connection for signals was lost; waiting processes look more often until it is back")]
    public static partial void SignalsLost(this ILogger logger, Exception fault);
}
