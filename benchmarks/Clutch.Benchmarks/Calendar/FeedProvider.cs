using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using Clutch.Benchmarks.Processes;

namespace Clutch.Benchmarks.Calendar;

/// <summary>The stranger's server that the feeds lie on: the simulated provider, in a process of its own.</summary>
internal sealed class FeedProvider : IAsyncDisposable
{
    private readonly SimulatedWorld _world;
    private readonly string _folder;
    private readonly HttpClient _client;

    private FeedProvider(SimulatedWorld world, string folder, int feeds)
    {
        (_world, _folder, FeedCount) = (world, folder, feeds);
        _client = new HttpClient { BaseAddress = Url };
    }

    public Uri Url => _world.Url;

    public int FeedCount { get; }

    /// <summary>Starts it.</summary>
    /// <param name="feeds">How many feeds it has.</param>
    /// <param name="events">Events of each.</param>
    /// <param name="yields">Whether it lets all others on the machine go first, as if it were elsewhere.</param>
    public static async Task<FeedProvider> StartAsync(int feeds, int events, bool yields = false)
    {
        var folder = Directory.CreateTempSubdirectory("clutch-provider-").FullName;
        var world = await SimulatedWorld.StartAsync(folder, yields, "--roles", "calendars", "--time-scale", "0", "--feeds", Text(feeds), "--events", Text(events));
        return new(world, folder, feeds);
    }

    /// <summary>Asks for each feed once: the provider makes and packs a body when it is first asked.</summary>
    public async Task WarmAsync() => await Parallel.ForEachAsync(Enumerable.Range(1, FeedCount), async (feed, cancellationToken) =>
    {
        using var answer = await _client.GetAsync(new Uri($"calendars/feeds/{Text(feed)}.ics", UriKind.Relative), HttpCompletionOption.ResponseContentRead, cancellationToken);
        answer.EnsureSuccessStatusCode();
    });

    /// <summary>Changes one event of so many per cent of the feeds.</summary>
    /// <returns>How many feeds that were.</returns>
    public async Task<int> ChangeAsync(int percent)
    {
        using var answer = await _client.PostAsync(new Uri($"control/calendars/change?percent={Text(percent)}", UriKind.Relative), content: null);
        answer.EnsureSuccessStatusCode();
        return (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("feeds").GetArrayLength();
    }

    /// <summary>Lets the provider of some feeds, "1-10", behave otherwise from now on.</summary>
    public async Task BehaveAsync(string feeds, string behaviour)
    {
        using var answer = await _client.PostAsJsonAsync(new Uri("control/calendars/behaviours", UriKind.Relative), new { feeds, behaviour });
        answer.EnsureSuccessStatusCode();
    }

    public async ValueTask DisposeAsync()
    {
        await _world.DisposeAsync();
        _client.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
