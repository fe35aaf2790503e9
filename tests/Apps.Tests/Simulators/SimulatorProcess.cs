using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;

namespace Apps.Tests.Simulators;

/// <summary>The simulators as a process of their own, on a free port and a folder that a kill leaves behind. Without times unless ordered otherwise.</summary>
internal sealed class SimulatorProcess : IAsyncDisposable
{
    private readonly string[] _arguments;
    private readonly string _folder = Directory.CreateTempSubdirectory("simulators").FullName;
    private Process? _process;
    private int _port;

    private SimulatorProcess(string[] arguments) => _arguments = arguments;

    public HttpClient Client { get; } = new(new SocketsHttpHandler { AllowAutoRedirect = false, PooledConnectionLifetime = TimeSpan.FromSeconds(30) }) { Timeout = TimeSpan.FromSeconds(100) };

    public Uri Url => Client.BaseAddress!;

    /// <summary>The id of the running process.</summary>
    public int Id => _process!.Id;

    public string Folder => _folder;

    /// <param name="roles">The parts of the world it plays, with commas.</param>
    /// <param name="arguments">More of the command line, such as "--skus", "200".</param>
    public static async Task<SimulatorProcess> StartAsync(string roles, params string[] arguments)
    {
        var simulators = new SimulatorProcess(["--roles", roles, .. arguments]);
        await simulators.StartAsync();
        simulators.Client.BaseAddress = new Uri($"http://127.0.0.1:{simulators._port}/");
        return simulators;
    }

    /// <summary>Starts it (again) on the same port and folder.</summary>
    public async Task StartAsync()
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet") { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        string[] own = ["exec", Path.Combine(AppContext.BaseDirectory, "Simulators.dll"), "--urls", string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{_port}"), "--data", _folder];
        string[] timing = _arguments.Contains("--time-scale") ? [] : ["--time-scale", "0"];
        foreach (var argument in own.Concat(timing).Concat(_arguments))
            start.ArgumentList.Add(argument);
        // Nobody listens there: what the simulators call is themselves, and no proxy has a part in it.
        (start.Environment["http_proxy"], start.Environment["no_proxy"]) = ("http://127.0.0.1:1", string.Empty);
        _process = Process.Start(start)!;
        _process.ErrorDataReceived += (_, _) => { };
        _process.BeginErrorReadLine();
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            if (line.Contains("listening on", StringComparison.Ordinal))
            {
                _port = new Uri(line.Split(' ')[^1]).Port;
                _ = _process.StandardOutput.ReadToEndAsync();
                return;
            }
        }

        throw new InvalidOperationException("The simulators ended before they listened.");
    }

    /// <summary>SIGKILL.</summary>
    public async Task KillAsync()
    {
        _process!.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _process = null;
    }

    public async Task<JsonElement> GetAsync(string path) => await Client.GetFromJsonAsync<JsonElement>(path);

    /// <summary>Posts a text of JSON and returns the answer's body, which must be a success.</summary>
    public async Task<JsonElement> PostAsync(string path, string json = "{}")
    {
        using var answer = await SendAsync(path, json);
        answer.EnsureSuccessStatusCode();
        return answer.Content.Headers.ContentLength == 0 || answer.StatusCode is System.Net.HttpStatusCode.NoContent ? default : await answer.Content.ReadFromJsonAsync<JsonElement>();
    }

    public async Task<HttpResponseMessage> SendAsync(string path, string json, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(json, null, "application/json") };
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        return await Client.SendAsync(request);
    }

    /// <summary>Submits a batch to the fulfilment API, asking for 202.</summary>
    public Task<HttpResponseMessage> SubmitAsync(string key, string account, params (string Sku, long Version)[] items) =>
        SendAsync("fulfilment/sku-updates:batch", BatchOf(account, items), ("Idempotency-Key", $"\"{key}\""), ("Prefer", "respond-async, wait=0"));

    public static string BatchOf(string account, params (string Sku, long Version)[] items) => JsonSerializer.Serialize(new
    {
        accountId = account,
        items = items.Select(item => new { itemId = $"{item.Sku}/{item.Version}", skuId = item.Sku, version = item.Version, op = "UPSERT", payload = new { name = item.Sku, priceCents = item.Version } }),
    });

    /// <summary>The lines of a stream of JSON.</summary>
    public async Task<List<JsonElement>> ReadLinesAsync(string path)
    {
        var text = await Client.GetStringAsync(path);
        return [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonSerializer.Deserialize<JsonElement>(line))];
    }

    /// <summary>Asks until the answer is as hoped for.</summary>
    public async Task<JsonElement> WaitForAsync(string path, Predicate<JsonElement> isAsHoped)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (true)
        {
            var answer = await GetAsync(path);
            if (isAsHoped(answer))
                return answer;
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, deadline.Token);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
            await KillAsync();
        Client.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
