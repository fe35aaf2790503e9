using Clutch.Server.Tests.Fixtures;

namespace Clutch.Server.Tests.Dashboard;

/// <summary>The dashboard of a server without credentials: whoever is on this machine is an operator.</summary>
internal static class OpenDashboard
{
    public static TestServerSettings Settings { get; } = new()
    {
        HasKeys = false,
        // A slow machine must not come upon an alert of what a test lets fail.
        Options = options => options.Alerts.Interval = TimeSpan.FromMinutes(10),
    };

    public static Task<TestServer> StartAsync() => TestServer.StartAsync(StoreKind.Sqlite, Settings);
}
