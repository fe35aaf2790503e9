using Clutch.Server.Tests.Fixtures;
using Microsoft.AspNetCore.Server.Kestrel.Core;

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

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Over_HTTP_each_signal_goes_to_its_path_whoever_named_the_address(bool byOption)
    {
        await using var collector = await Collector.StartAsync(HttpProtocols.Http1);
        TestServer server;
        using (new Variable("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"))
        using (new Variable("OTEL_EXPORTER_OTLP_ENDPOINT", byOption ? null : collector.Address.AbsoluteUri))
            server = await TestServer.StartAsync(StoreKind.Sqlite, new() { Options = options => options.OtlpEndpoint = byOption ? collector.Address : null });
        await server.Viewer.EndAsync((await server.Operator.LaunchAsync("quick", """{"date":"2026-11-25"}""")).Id);

        await server.DisposeAsync();

        Assert.Equal(["/v1/metrics", "/v1/traces"], collector.Calls.Select(call => call.Path).Distinct().Order(StringComparer.Ordinal));
    }

    /// <summary>An environment variable, as long as it is needed: the exporter reads its own only there.</summary>
    private sealed class Variable : IDisposable
    {
        private readonly string _name;
        private readonly string? _before;

        public Variable(string name, string? value)
        {
            (_name, _before) = (name, Environment.GetEnvironmentVariable(name));
            Environment.SetEnvironmentVariable(name, value);
        }

        public void Dispose() => Environment.SetEnvironmentVariable(_name, _before);
    }
}
