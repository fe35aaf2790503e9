using Clutch.Server.Tests.Fixtures;

namespace Clutch.Server.Tests.Telemetry;

/// <summary>Metrics and traces arrive at a collector.</summary>
public sealed class OtlpExportTests
{
    [Fact]
    public async Task Metrics_and_traces_of_a_run_arrive_at_the_collector_by_the_time_the_server_has_stopped()
    {
        await using var collector = await Collector.StartAsync();
        var server = await TestServer.StartAsync(StoreKind.Sqlite, new() { Options = options => options.OtlpEndpoint = collector.Address });
        var launched = await server.Operator.LaunchAsync("quick", """{"date":"2026-11-25"}""");
        await server.Viewer.EndAsync(launched.Id);

        await server.DisposeAsync();

        Assert.Contains(collector.Calls, call => call.Path == "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export" && call.Body.Contains("clutch.step.items", StringComparison.Ordinal));
        Assert.Contains(collector.Calls, call => call.Path == "/opentelemetry.proto.collector.trace.v1.TraceService/Export" && call.Body.Contains("quick", StringComparison.Ordinal));
    }
}
