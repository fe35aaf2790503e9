using System.Data.Common;
using System.Net;
using System.Net.Sockets;
using Polly;
using Polly.Retry;
using Polly.Timeout;

namespace Clutch.Items;

/// <summary>What a step does with a fault: try again, skip the item, or end.</summary>
internal sealed class FaultPolicy(RetryOptions retry, SkipOptions skip, IReadOnlyList<Func<Exception, bool?>> transientRules, Func<Exception, bool> storeIsTransient, TimeProvider timeProvider)
{
    public RetryOptions Retry => retry;

    public SkipOptions Skip => skip;

    /// <summary>Neither retried nor skipped: the process or the request to stop is at fault, not the item.</summary>
    public static bool IsFatal(Exception fault) =>
        IsCancelled(fault) || Causes(fault).Any(cause => cause is OutOfMemoryException or StackOverflowException or InsufficientExecutionStackException or AccessViolationException);

    public bool IsTransient(Exception fault)
    {
        if (IsFatal(fault) || Causes(fault).Any(cause => cause is RetriesExhaustedException or SkipLimitExceededException or ListenerFailedException))
            return false;
        // What the step says of a cause inside goes before what is usual of the fault around it, and the other way round.
        for (var i = transientRules.Count - 1; i >= 0; i--)
        {
            if (Causes(fault).Select(transientRules[i]).FirstOrDefault(answer => answer is not null) is { } answer)
                return answer;
        }

        return IsUsuallyTransient(fault);
    }

    public bool CanSkip(Exception fault) => !IsFatal(fault) && !Causes(fault).Any(cause => cause is IFaultOfNoItem) && skip.Rules.LastOrDefault(rule => Causes(fault).Any(rule.Fits)) is { IsSkippable: true };

    /// <summary>Tries work again while it throws transient faults.</summary>
    /// <param name="onRetry">Called before each further attempt.</param>
    public Retry CreateRetry(Action onRetry) => new(retry, timeProvider, IsTransient, onRetry);

    /// <summary>A pipeline that tries again while the work throws a transient fault or answers true ("not yet").</summary>
    /// <param name="onRetry">Called before each further attempt.</param>
    /// <param name="handlesExceptions">False where an exception belongs to a wider retry, and only the answer "not yet" is repeated here.</param>
    public ResiliencePipeline<bool> CreateRetryPipeline(Action onRetry, bool handlesExceptions = true)
    {
        if (retry.Attempts == 1)
            return ResiliencePipeline<bool>.Empty;
        return new ResiliencePipelineBuilder<bool> { TimeProvider = timeProvider }
            .AddRetry(new RetryStrategyOptions<bool>
            {
                MaxRetryAttempts = retry.Attempts - 1,
                BackoffType = DelayBackoffType.Exponential,
                Delay = retry.Delay,
                MaxDelay = retry.MaxDelay,
                UseJitter = retry.UseJitter,
                ShouldHandle = arguments => new(arguments.Outcome.Exception is { } fault ? handlesExceptions && IsTransient(fault) : arguments.Outcome.Result),
                OnRetry = _ =>
                {
                    onRetry();
                    return default;
                },
            })
            .Build();
    }

    // A time-out cancels what it gave up, and HttpClient reports its own as a cancellation: those are faults like any other.
    private static bool IsCancelled(Exception fault) => fault switch
    {
        TimeoutException or TimeoutRejectedException or OperationCanceledException { InnerException: TimeoutException } => false,
        OperationCanceledException => true,
        _ => InnersOf(fault).Any(IsCancelled),
    };

    private static IEnumerable<Exception> Causes(Exception fault) => InnersOf(fault).SelectMany(Causes).Prepend(fault);

    private static IEnumerable<Exception> InnersOf(Exception fault) => fault switch
    {
        AggregateException all => all.InnerExceptions,
        { InnerException: { } inner } => [inner],
        _ => [],
    };

    private static bool IsTransientHttp(HttpRequestException fault) => fault.StatusCode switch
    {
        null or HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError => true,
        _ => false,
    };

    private bool IsUsuallyTransient(Exception fault)
    {
        foreach (var cause in Causes(fault))
        {
            if (cause is IClassifiedFault classified)
                return classified.IsTransient;
            if (IsTransientAlone(cause))
                return true;
        }

        return false;
    }

    private bool IsTransientAlone(Exception cause) => cause switch
    {
        TimeoutException or SocketException => true,
        HttpRequestException http => IsTransientHttp(http),
        DbException database when IsTransientSql(database) => true,
        _ => storeIsTransient(cause),
    };

    // The store knows the faults of its own database only, and a reader, processor or writer may use another. By their SQLSTATE: conflict, deadlock, lock, connection, a server that
    // ends or starts. What its driver calls transient is not asked there, for with Npgsql that is a full disk, too.
    private static bool IsTransientSql(DbException fault) => fault.SqlState switch
    {
        null => fault.IsTransient,
        "40001" or "40P01" or "55P03" or "57P01" or "57P02" or "57P03" or "53300" => true,
        var state => state.StartsWith("08", StringComparison.Ordinal),
    };
}
