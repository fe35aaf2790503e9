using CalendarSync.Input;
using Microsoft.Extensions.Options;

namespace CalendarSync.Jobs;

/// <summary>Checks how feeds are imported.</summary>
internal sealed class ImportOptionsValidator : IValidateOptions<ImportOptions>
{
    private static readonly TimeSpan Year = TimeSpan.FromDays(365);

    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, ImportOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return new SettingFaults("Calendar:Import")
            .CheckAttributes("", options)
            .Check(nameof(options.Tick), options.Tick, TimeSpan.FromMilliseconds(1), TimeSpan.FromDays(1))
            .Check(nameof(options.RetryAfter), options.RetryAfter, TimeSpan.Zero, Year)
            .Check(nameof(options.MinInterval), options.MinInterval, TimeSpan.FromMilliseconds(1), Year)
            .Check(nameof(options.MaxInterval), options.MaxInterval, options.MinInterval, Year)
            .Check(nameof(options.DefaultInterval), options.DefaultInterval, TimeSpan.FromMilliseconds(1), Year)
            .ToResult();
    }
}
