using Clutch.Server.Tests.Fixtures;
using Microsoft.Extensions.DependencyInjection;

namespace Clutch.Server.Tests.Alerts;

/// <summary>A server process with a job that fails and targets that may be down. A test kills it.</summary>
internal static class AlertNode
{
    /// <summary>What it says once its alert is stored with its messages.</summary>
    public const string Told = "the alert was told";

    public static async Task<int> RunAsync(string connectionString, int httpPort, int smtpPort)
    {
        await using var store = new OpenedStore(connectionString);
        await using var server = await TestServer.StartAsync(store, new() { Options = options => AlertTargetsOf(options, new($"http://127.0.0.1:{httpPort}/"), smtpPort) });
        await server.Operator.LaunchAsync("failing");
        await server.Viewer.AlertAsync(alert => alert.NotifiedAt is not null);
        Console.WriteLine(Told);
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System);
        return 0;
    }

    public static void AlertTargetsOf(ClutchServerOptions options, Uri webhook, int smtpPort)
    {
        options.Alerts.Interval = TimeSpan.FromSeconds(1);
        options.Alerts.PublicUrl = new("https://batch.example.com/clutch");
        options.Alerts.Webhooks.Add(new() { Name = "ops", Url = webhook, Secret = Secret });
        options.Alerts.Mails.Add(new() { Name = "people", Host = "127.0.0.1", Port = smtpPort, UseTls = false, From = "clutch@example.com", To = { "anna@example.com" } });
    }

    public const string Secret = "a secret of the tests, long enough";

    private sealed class OpenedStore(string connectionString) : TestStore
    {
        public override string ConnectionString => connectionString;

        public override void Add(IServiceCollection services)
        {
            if (connectionString.StartsWith("Data Source", StringComparison.Ordinal))
                services.AddClutchSqlite(connectionString);
            else
                services.AddClutchPostgreSql(connectionString);
        }

        public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
