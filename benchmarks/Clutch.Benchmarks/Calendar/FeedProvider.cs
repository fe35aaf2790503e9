using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using Clutch.Benchmarks.Processes;

namespace Clutch.Benchmarks.Calendar;

/// <summary>The stranger's server that the feeds lie on: the simulated provider, in a process of its own.</summary>
internal sealed class FeedProvider : IAsyncDisposable
{
    private readonly Process _process;
    private readonly string _folder;
    private readonly HttpClient _client;

    private FeedProvider(Process process, string folder, Uri url, int feeds)
    {
        (_process, _folder, Url, FeedCount) = (process, folder, url, feeds);
        _client = new HttpClient { BaseAddress = url };
    }

    public Uri Url { get; }

    public int FeedCount { get; }

    /// <summary>Starts it.</summary>
    /// <param name="feeds">How many feeds it has.</param>
    /// <param name="events">Events of each.</param>
    /// <param name="yields">Whether it lets all others on the machine go first, as if it were elsewhere.</param>
    public static async Task<FeedProvider> StartAsync(int feeds, int events, bool yields = false)
    {
        var folder = Directory.CreateTempSubdirectory("clutch-provider-").FullName;
        string[] program = ["dotnet", "exec", CalendarTown.Assembly("Simulators"), "--urls", "http://127.0.0.1:0", "--roles", "calendars", "--data", Path.Combine(folder, "world"),
            "--time-scale", "0", "--feeds", Text(feeds), "--events", Text(events)];
        var process = yields ? Programs.Start("chrt", ["--idle", "0", .. program], folder) : Programs.Start(program[0], program[1..], folder);
        process.BeginErrorReadLine();
        return new(process, folder, new Uri($"{await CalendarTown.ReadUrlAsync(process, "listening on")}/"), feeds);
    }

    /// <summary>Asks for each feed once: the provider makes and packs a body when it is first asked.</summary>
    public async Task WarmAsync() => await Parallel.ForEachAsync(Enumerable.Range(1, FeedCount), async (feed, cancellationToken) =>
    {
        using var answer = await _client.GetAsync(new Uri($"calendars/feeds/{Text(feed)}.ics", UriKind.Relative), HttpCompletionOption.ResponseContentRead, cancellationToken);
        answer.EnsureSuccessStatusCode();
    });

    public async Task ControlAsync(HttpMethod method, string path, object? body = null)
    {
        using var request = new HttpRequestMessage(method, new Uri(path, UriKind.Relative)) { Content = body is null ? null : JsonContent.Create(body) };
        using var answer = await _client.SendAsync(request);
        answer.EnsureSuccessStatusCode();
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _client.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
