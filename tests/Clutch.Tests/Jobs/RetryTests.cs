using Clutch.Items;

namespace Clutch.Tests.Jobs;

/// <summary>Work that is tried again after transient faults.</summary>
public sealed class RetryTests
{
    private static readonly RetryOptions Thrice = new() { Attempts = 3, Delay = TimeSpan.Zero, UseJitter = false };
    private int _attemptCount;
    private int _retryCount;

    [Fact]
    public async Task The_first_attempt_is_one_of_those_that_are_allowed()
    {
        await Assert.ThrowsAsync<TimeoutException>(() => ExecuteAsync(Thrice, failures: 9));

        Assert.Equal(3, _attemptCount);
        Assert.Equal(2, _retryCount);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task What_comes_through_within_its_attempts_answers(int failures)
    {
        var answer = await ExecuteAsync(Thrice, failures);

        Assert.Equal(failures + 1, answer);
        Assert.Equal(failures, _retryCount);
    }

    [Fact]
    public async Task What_is_not_transient_is_thrown_at_once()
    {
        await Assert.ThrowsAsync<FormatException>(() => ExecuteAsync(Thrice, failures: 1, new FormatException()));

        Assert.Equal(1, _attemptCount);
        Assert.Equal(0, _retryCount);
    }

    [Fact]
    public async Task One_attempt_is_one_attempt()
    {
        await Assert.ThrowsAsync<TimeoutException>(() => ExecuteAsync(RetryOptions.None, failures: 1));

        Assert.Equal(1, _attemptCount);
        Assert.Equal(0, _retryCount);
    }

    [Fact]
    public async Task A_request_to_end_before_the_first_attempt_begins_none()
    {
        using var ending = new CancellationTokenSource();
        await ending.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => ExecuteAsync(Thrice, failures: 0, cancellationToken: ending.Token));

        Assert.Equal(0, _attemptCount);
    }

    [Fact]
    public async Task A_request_to_end_during_an_attempt_that_fails_leaves_the_fault_behind()
    {
        using var ending = new CancellationTokenSource();
        var retry = new Retry(Thrice, TimeProvider.System, fault => fault is TimeoutException);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await retry.ExecuteAsync(
            async _ =>
            {
                _attemptCount++;
                await ending.CancelAsync();
                throw new TimeoutException();
            },
            ending.Token));

        Assert.Equal(1, _attemptCount);
    }

    private async Task<int> ExecuteAsync(RetryOptions options, int failures, Exception? fault = null, CancellationToken cancellationToken = default)
    {
        var retry = new Retry(options, TimeProvider.System, found => found is TimeoutException, () => _retryCount++);
        return await retry.ExecuteAsync(
            _ => ++_attemptCount <= failures ? throw fault ?? new TimeoutException() : ValueTask.FromResult(_attemptCount),
            cancellationToken);
    }
}
