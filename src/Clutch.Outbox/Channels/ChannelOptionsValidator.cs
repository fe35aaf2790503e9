using System.Globalization;
using Microsoft.Extensions.Options;

namespace Clutch.Outbox.Channels;

/// <summary>Reports all faults of a channel's options at once.</summary>
internal sealed class ChannelOptionsValidator : IValidateOptions<ChannelOptions>
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(36_500);

    public ValidateOptionsResult Validate(string? name, ChannelOptions options)
    {
        var faults = new List<string>();
        void Number(string option, double value, double least, double most)
        {
            if (!(value >= least && value <= most))
                faults.Add(string.Create(CultureInfo.InvariantCulture, $"Channel '{name}': {option} is {value}, but must be from {least} to {most}."));
        }

        void Span(string option, TimeSpan value, TimeSpan least)
        {
            if (value < least || value > Longest)
                faults.Add(string.Create(CultureInfo.InvariantCulture, $"Channel '{name}': {option} is {value}, but must be {least} or more."));
        }

        if (!Enum.IsDefined(options.Ordering))
            faults.Add(string.Create(CultureInfo.InvariantCulture, $"Channel '{name}': Ordering is {(int)options.Ordering}, but must be None, PerKey or LatestWins."));
        var instant = TimeSpan.FromMilliseconds(1);
        Number(nameof(options.BatchSize), options.BatchSize, 1, 5_000);
        Number(nameof(options.MaxBatchBytes), options.MaxBatchBytes, 1, 256 * 1024 * 1024);
        Number(nameof(options.MaxConcurrency), options.MaxConcurrency, 1, 256);
        Number(nameof(options.RatePerSecond), options.RatePerSecond ?? 1, 0.001, 100_000);
        Number(nameof(options.MaxRounds), options.MaxRounds, 1, 100);
        Number(nameof(options.BreakerThreshold), options.BreakerThreshold, 1, 1_000);
        Span(nameof(options.Linger), options.Linger, TimeSpan.Zero);
        Span(nameof(options.AttemptTimeout), options.AttemptTimeout, instant);
        Span(nameof(options.LeaseDuration), options.LeaseDuration, TimeSpan.FromSeconds(1));
        Span(nameof(options.OperationDeadline), options.OperationDeadline, instant);
        Span(nameof(options.LostStatusGrace), options.LostStatusGrace, TimeSpan.Zero);
        Span(nameof(options.LateResultWindow), options.LateResultWindow, TimeSpan.Zero);
        Span(nameof(options.FaultRest), options.FaultRest, instant);
        Span(nameof(options.BreakerRest), options.BreakerRest, instant);
        Span(nameof(options.IdleInterval), options.IdleInterval, instant);
        Number("Retry.MaxAttempts", options.Retry.MaxAttempts, 1, 100);
        Number("Retry.MaxLostLeases", options.Retry.MaxLostLeases, 1, 1_000);
        Span("Retry.FirstDelay", options.Retry.FirstDelay, TimeSpan.Zero);
        Span("Retry.MaxDelay", options.Retry.MaxDelay, options.Retry.FirstDelay);
        Span("Poll.MinDelay", options.Poll.MinDelay, instant);
        Span("Poll.MaxDelay", options.Poll.MaxDelay, options.Poll.MinDelay);
        Span("Poll.Timeout", options.Poll.Timeout, instant);
        Number("Poll.Growth", options.Poll.Growth, 1, 10);
        Number("Poll.Jitter", options.Poll.Jitter, 0, 1);
        Number("Poll.BatchSize", options.Poll.BatchSize, 1, 1_000);
        Number("Poll.MaxConcurrency", options.Poll.MaxConcurrency, 1, 64);
        Span("Retention.Done", options.Retention.Done, TimeSpan.Zero);
        Span("Retention.Failed", options.Retention.Failed, TimeSpan.Zero);
        Span("Retention.Attempts", options.Retention.Attempts, TimeSpan.Zero);
        Number("Retention.BatchSize", options.Retention.BatchSize, 1, 100_000);
        Span("Retention.Interval", options.Retention.Interval, instant);
        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }
}
