using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Simulators;

namespace Apps.Tests.Programs;

/// <summary>The simulators within the test process, without latency unless told otherwise; their state survives a restart.</summary>
public sealed class SimulatedWorld : IAsyncDisposable
{
    private static readonly JsonSerializerOptions Web = new(JsonSerializerDefaults.Web);

    private readonly string _data;
    private readonly string[] _settings;
    private readonly HttpClient _client = new();
    private WebApplication? _simulators;

    private SimulatedWorld(string data, string[] settings)
    {
        _data = data;
        _settings = settings;
    }

    /// <summary>Where it listens, with a slash at the end.</summary>
    public string Url { get; private set; } = string.Empty;

    public string DataFolder => _data;

    /// <summary>Starts it.</summary>
    /// <param name="folder">An empty folder for its state.</param>
    /// <param name="settings">Its settings (apps/Simulators/README.md).</param>
    public static async Task<SimulatedWorld> StartAsync(string folder, params string[] settings)
    {
        var world = new SimulatedWorld(Directory.CreateDirectory(Path.Combine(folder, "world")).FullName, settings);
        await world.StartAsync();
        return world;
    }

    /// <summary>Starts it again, at another address.</summary>
    public async Task StartAsync()
    {
        string[] arguments = ["--urls", "http://127.0.0.1:0", "--roles", "stock,fulfilment", "--data", _data, "--time-scale", "0", .. _settings];
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = arguments, ContentRootPath = _data });
        builder.Logging.ClearProviders();
        // Whoever is still answered when the test ends has been killed.
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(1));
        _simulators = builder.BuildSimulators();
        await _simulators.StartAsync();
        Url = _simulators.Urls.First() + "/";
    }

    public async Task StopAsync()
    {
        if (_simulators is null)
            return;
        await _simulators.StopAsync();
        await _simulators.DisposeAsync();
        _simulators = null;
    }

    public async Task PostAsync(string path, object? body = null)
    {
        using var response = await _client.PostAsJsonAsync(Url + path, body, Web);
        if (!response.IsSuccessStatusCode)
            Assert.Fail($"POST {path} answered {response.StatusCode}: {await response.Content.ReadAsStringAsync()}");
    }

    public async Task EndFaultsAsync()
    {
        using var response = await _client.DeleteAsync(Url + "control/faults");
        response.EnsureSuccessStatusCode();
    }

    public async Task<T> GetAsync<T>(string path) => (await _client.GetFromJsonAsync<T>(Url + path, Web))!;

    /// <summary>Lines of JSON.</summary>
    public async Task<IReadOnlyList<T>> ListAsync<T>(string path)
    {
        var text = await _client.GetStringAsync(Url + path);
        return [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonSerializer.Deserialize<T>(line, Web)!)];
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _client.Dispose();
    }
}
