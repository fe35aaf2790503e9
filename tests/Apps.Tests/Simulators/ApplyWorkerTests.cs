using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Simulators;

namespace Apps.Tests.Simulators;

/// <summary>The workers of the fulfilment API outlive what goes wrong with their file.</summary>
public sealed class ApplyWorkerTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("simulators-").FullName;

    [Fact]
    public async Task What_could_not_be_applied_is_applied_later_by_the_same_worker()
    {
        using var failures = new FailureSignal();
        var builder = WebApplication.CreateBuilder();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?> { ["urls"] = "http://127.0.0.1:0", ["roles"] = "fulfilment", ["data"] = _folder, ["time-scale"] = "0", ["workers"] = "1" });
        builder.Logging.ClearProviders().AddProvider(failures);
        await using var simulators = builder.BuildSimulators();
        await simulators.StartAsync();
        using var http = new HttpClient { BaseAddress = new(simulators.Urls.First()) };
        await RunAsync("CREATE TRIGGER broken BEFORE UPDATE ON operation_item BEGIN SELECT RAISE(ABORT, 'The file is broken.'); END");
        var accepted = await SubmitAsync(http);
        await failures.Seen.WaitAsync(TimeSpan.FromSeconds(30));
        await RunAsync("DROP TRIGGER broken");

        Assert.Equal("Succeeded", await EndOfAsync(http, accepted));
    }

    public void Dispose()
    {
        SqliteConnection.ClearAllPools();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task RunAsync(string statement)
    {
        await using var connection = new SqliteConnection($"Data Source={Path.Combine(_folder, "fulfilment.db")};Pooling=False");
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = statement;
        await command.ExecuteNonQueryAsync();
    }

    private static async Task<string> SubmitAsync(HttpClient http)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "fulfilment/sku-updates:batch") { Content = new StringContent(SimulatorProcess.BatchOf("A01", ("S1", 1)), null, "application/json") };
        request.Headers.Add("Idempotency-Key", "\"k1\"");
        request.Headers.Add("Prefer", "respond-async, wait=0");
        using var answer = await http.SendAsync(request);
        return answer.Headers.Location!.ToString();
    }

    private static async Task<string?> EndOfAsync(HttpClient http, string operation)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (true)
        {
            var view = await http.GetFromJsonAsync<JsonElement>(operation, deadline.Token);
            if (view.GetProperty("done").GetBoolean())
                return view.GetProperty("status").GetString();
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, deadline.Token);
        }
    }

    /// <summary>Done as soon as an error is logged.</summary>
    private sealed class FailureSignal : ILoggerProvider, ILogger
    {
        private readonly TaskCompletionSource _seen = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Seen => _seen.Task;

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
                _seen.TrySetResult();
        }

        public void Dispose()
        {
        }
    }
}
