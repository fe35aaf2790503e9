using System.Diagnostics;
using System.Globalization;
using System.Text;
using Clutch.Testing;

namespace Apps.Tests.CalendarSync.Batch;

/// <summary>A real calendar server (Debian: package radicale) with one calendar of events that a test puts, changes and deletes.</summary>
internal sealed class Radicale : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("radicale-").FullName;
    // Radicale (HTTP/1.0) ends each connection after its answer without saying so, the pool takes it up again even where the request said "Connection: close", and a PUT that meets its end is not tried again:
    // a connection that may live for no time is never pooled.
    private readonly HttpClient _client = new(new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.Zero });
    private readonly Process _process;

    private Radicale()
    {
        var port = FreePort.Next();
        Calendar = new Uri($"http://127.0.0.1:{port.ToString(CultureInfo.InvariantCulture)}/u/cal/");
        var configuration = Path.Combine(_folder, "config");
        File.WriteAllText(configuration, $"[server]\nhosts = 127.0.0.1:{port.ToString(CultureInfo.InvariantCulture)}\n[auth]\ntype = none\n[storage]\nfilesystem_folder = {_folder}/data\n");
        var start = new ProcessStartInfo("radicale") { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        start.ArgumentList.Add("-C");
        start.ArgumentList.Add(configuration);
        _process = Process.Start(start)!;
        _ = _process.StandardOutput.ReadToEndAsync();
        _ = _process.StandardError.ReadToEndAsync();
    }

    public Uri Calendar { get; }

    public static async Task<Radicale> StartAsync()
    {
        if (!File.Exists("/usr/bin/radicale"))
        {
            const string Absence = "No radicale: install the package 'radicale'.";
            if (Environment.GetEnvironmentVariable("CI") is "true") Assert.Fail(Absence);
            Skip.If(true, Absence);
        }

        var server = new Radicale();
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (!await server.AnswersAsync()) await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, patience.Token);
        return server;
    }

    /// <summary>Makes the calendar, with these events.</summary>
    public async Task CreateAsync(params string[] events)
    {
        using var folder = new HttpRequestMessage(new HttpMethod("MKCOL"), new Uri(Calendar, "/u/"));
        using var answer = await _client.SendAsync(folder);
        answer.EnsureSuccessStatusCode();
        await PutAsync(Calendar, $"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Test//EN\r\n{string.Concat(events)}END:VCALENDAR\r\n");
    }

    /// <summary>Adds or changes one event.</summary>
    public Task PutEventAsync(string uid, string text) => PutAsync(new Uri(Calendar, $"{uid}.ics"), $"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Test//EN\r\n{text}END:VCALENDAR\r\n");

    public async Task DeleteAsync(string uid)
    {
        using var answer = await _client.DeleteAsync(new Uri(Calendar, $"{uid}.ics"));
        answer.EnsureSuccessStatusCode();
    }

    public async Task StopAsync()
    {
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _process.Dispose();
        _client.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task<bool> AnswersAsync()
    {
        try
        {
            using var answer = await _client.GetAsync(new Uri(Calendar, "/.web/"));
            return true;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private async Task PutAsync(Uri address, string text)
    {
        using var content = new StringContent(text, Encoding.UTF8, "text/calendar");
        using var answer = await _client.PutAsync(address, content);
        answer.EnsureSuccessStatusCode();
    }
}
