using System.Net.Sockets;
using Clutch.Items;
using Polly.Timeout;

namespace Clutch.Tests.Jobs;

/// <summary>What a policy makes of exceptions that wrap others.</summary>
public sealed class FaultPolicyTests
{
    private static readonly Exception[] Cancellations =
    [
        new OperationCanceledException(),
        new InvalidOperationException("wrapped", new TaskCanceledException()),
        new AggregateException(new FormatException(), new OperationCanceledException()),
        new AggregateException(new FormatException(), new OutOfMemoryException()),
    ];

    private static readonly Exception[] TimeOuts =
    [
        // As HttpClient throws it.
        new TaskCanceledException("time-out", new TimeoutException("time-out", new TaskCanceledException("aborted", new SocketException()))),
        new InvalidOperationException("wrapped", new TimeoutException("time-out", new OperationCanceledException())),
        new TimeoutRejectedException("time-out", new OperationCanceledException()),
    ];

    [Fact]
    public void A_cancellation_is_neither_skipped_nor_retried_whatever_wraps_it()
    {
        var policy = NewPolicy(typeof(Exception), _ => true);

        Assert.All(Cancellations, fault => Assert.Equal((true, false, false), (FaultPolicy.IsFatal(fault), policy.CanSkip(fault), policy.IsTransient(fault))));
    }

    [Fact]
    public void A_time_out_is_a_fault_like_any_other_although_it_cancelled_something()
    {
        var policy = NewPolicy(typeof(Exception), _ => true);

        Assert.All(TimeOuts, fault => Assert.Equal((false, true, true), (FaultPolicy.IsFatal(fault), policy.CanSkip(fault), policy.IsTransient(fault))));
    }

    [Fact]
    public void Each_exception_of_an_aggregate_counts()
    {
        var policy = NewPolicy(typeof(FormatException), _ => null);

        Assert.True(policy.CanSkip(new AggregateException(new InvalidOperationException(), new FormatException())));
        Assert.True(policy.IsTransient(new AggregateException(new InvalidOperationException(), new TimeoutException())));
    }

    private static FaultPolicy NewPolicy(Type skipped, Func<Exception, bool?> transientRule) =>
        new(RetryOptions.None, new SkipOptions { Rules = [new(skipped)] }, [transientRule], _ => false, TimeProvider.System);
}
