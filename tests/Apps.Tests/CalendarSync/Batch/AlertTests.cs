using System.Collections.Concurrent;
using System.Text.Json;
using Apps.Tests.Programs;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Apps.Tests.CalendarSync.Batch;

/// <summary>Whom the batch process tells when its jobs fail. A feed that is broken is no matter for the operator: its readers see it.</summary>
public sealed class AlertTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);

    [SkippableTheory]
    [InlineData("sqlite")]
    [InlineData("postgresql")]
    public async Task A_failed_import_is_told_once_and_again_when_it_is_over_and_a_broken_feed_never(string store)
    {
        await using var world = await BatchWorld.StartAsync(store, feeds: 3);
        await using var target = await Listener.StartAsync();
        await world.SubscribeAsync(3);
        await world.BehaveAsync("2", "NotFound");
        await world.ExecuteAsync("ALTER TABLE calendar_feed RENAME COLUMN last_notes TO lost_notes");
        var settings = BatchWorld.Settings(world.Storage).SelectMany(setting => new[] { $"--{setting.Key}", setting.Value! });
        await using var program = RunningProgram.Start("CalendarSync", Path.GetTempPath(),
        [
            "batch", "--urls", "http://127.0.0.1:0", "--Calendar:Import:Tick", "00:00:00.2", "--Calendar:Import:RetryAfter", "00:00:01",
            "--Clutch:Server:Alerts:Interval", "00:00:01", "--Clutch:Server:Alerts:Webhooks:0:Name", "ops", "--Clutch:Server:Alerts:Webhooks:0:Url", target.Url, .. settings,
        ]);

        var fired = await target.WaitForAsync("Fired");
        await world.ExecuteAsync("ALTER TABLE calendar_feed RENAME COLUMN lost_notes TO last_notes");
        var recovered = await target.WaitForAsync("Recovered");

        Assert.Equal(("Failed", "import"), fired);
        Assert.Equal(("Failed", "import"), recovered);
        Assert.Equal(2, target.Count);
        Assert.Equal(1, await world.CountAsync("SELECT count(*) FROM calendar_feed WHERE last_outcome = 'Missing'"));
        Assert.Equal(await world.TruthAsync(3), await world.EventsAsync(3));
    }

    /// <summary>Keeps what it is told.</summary>
    private sealed class Listener(WebApplication application) : IAsyncDisposable
    {
        private readonly ConcurrentQueue<JsonElement> _told = [];

        public string Url => application.Urls.First();

        public int Count => _told.Count;

        public static async Task<Listener> StartAsync()
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            builder.WebHost.UseUrls("http://127.0.0.1:0");
            var listener = new Listener(builder.Build());
            await listener.ListenAsync();
            return listener;
        }

        /// <summary>The rule and the job of the first alert told so.</summary>
        public async Task<(string? Rule, string? Job)> WaitForAsync(string kind)
        {
            using var patience = new CancellationTokenSource(Patience);
            while (true)
            {
                foreach (var told in _told.Where(told => told.GetProperty("kind").GetString() == kind))
                    return (told.GetProperty("alerts")[0].GetProperty("rule").GetString(), told.GetProperty("alerts")[0].GetProperty("job").GetString());
                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, patience.Token);
            }
        }

        public async ValueTask DisposeAsync() => await application.DisposeAsync();

        private Task ListenAsync()
        {
            application.Run(ReceiveAsync);
            return application.StartAsync();
        }

        private async Task ReceiveAsync(HttpContext context) => _told.Enqueue(await JsonSerializer.DeserializeAsync<JsonElement>(context.Request.Body, cancellationToken: context.RequestAborted));
    }
}
