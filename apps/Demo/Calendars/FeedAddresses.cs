using System.Globalization;

namespace Demo.Calendars;

/// <summary>The addresses of the demo's own feeds. Whoever looks at the calendars may subscribe to others: those are no part of the proof.</summary>
internal sealed class FeedAddresses(Uri simulators)
{
    private const string Ending = ".ics";

    private readonly string _start = new Uri(simulators, "calendars/feeds/").ToString();

    /// <summary>What <c>LIKE</c> knows them by.</summary>
    public string Pattern => _start + "%" + Ending;

    public string Of(int feed) => string.Create(CultureInfo.InvariantCulture, $"{_start}{feed}{Ending}");

    /// <summary>The feed of an address, or null where it is none of the demo's.</summary>
    public int? Find(string url) =>
        url.Length > _start.Length + Ending.Length && int.TryParse(url.AsSpan()[_start.Length..^Ending.Length], NumberStyles.None, CultureInfo.InvariantCulture, out var feed) && Of(feed) == url ? feed : null;
}
