using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace CalendarSync;

/// <summary>The settings of the main server: section <c>Calendar:Main</c>.</summary>
internal sealed class CalendarOptions
{
    /// <summary>How often one address may read export feeds in a minute: 600 by default.</summary>
    /// <remarks>Calendar services read the feeds of many people from few addresses.</remarks>
    [Range(1, 1_000_000)]
    public int FeedReadsPerAddress { get; set; } = 600;

    /// <summary>How often one feed may be read in a minute: 60 by default.</summary>
    [Range(1, 1_000_000)]
    public int FeedReadsPerToken { get; set; } = 60;

    /// <summary>How often one address may try to sign in on the pages in a minute: 20 by default.</summary>
    [Range(1, 1_000_000)]
    public int SignInsPerAddress { get; set; } = 20;

    /// <summary>How many new calendars one user may have looked at in a minute: 20 by default. One that others read already is not looked at.</summary>
    [Range(1, 1_000_000)]
    public int FirstLooksPerUser { get; set; } = 20;

    /// <summary>How many of them at a time: 2 by default. Each asks a stranger's server, for up to half a minute.</summary>
    [Range(1, 1_000)]
    public int FirstLooksAtOnce { get; set; } = 2;

    /// <summary>What addresses of export feeds begin with, such as <c>https://calendar.example</c>, which also keeps sessions to https; null takes what the request came to, which is right without a proxy in front.</summary>
    [Url]
    public string? PublicUrl { get; set; }

    /// <summary>Whether people come over TLS, though the proxy in front may pass their requests on without.</summary>
    internal bool IsPublicOverTls => PublicUrl?.StartsWith("https://", StringComparison.OrdinalIgnoreCase) ?? false;
}

/// <summary>Generated: checks the ranges.</summary>
[OptionsValidator]
internal sealed partial class CalendarOptionsValidator : IValidateOptions<CalendarOptions>;
