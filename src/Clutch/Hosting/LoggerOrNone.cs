using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Clutch.Hosting;

/// <summary>The logger of an application that added logging, before the jobs or after them; one that says nothing where it added none.</summary>
/// <remarks>A factory that says nothing, added in its place, would keep a later <c>AddLogging</c> from adding the one that speaks.</remarks>
internal sealed class LoggerOrNone<T>(ILoggerFactory? loggers = null) : Logger<T>(loggers ?? NullLoggerFactory.Instance);
