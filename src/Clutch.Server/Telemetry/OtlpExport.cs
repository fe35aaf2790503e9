using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Clutch.Server.Telemetry;

/// <summary>Sends metrics and traces over OTLP where the configuration says so.</summary>
internal sealed class OtlpExport(IOptions<ClutchServerOptions> options, IConfiguration configuration, IHostEnvironment environment) : IHostedService, IDisposable
{
    /// <summary>Meters and activity sources alike.</summary>
    private static readonly string[] Sources = ["Clutch", "Clutch.Outbox", "Quartz"];

    private MeterProvider? _metrics;
    private TracerProvider? _traces;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        // OpenTelemetry's own variables say where to, with which headers, and by which protocol; our option overrides the address.
        var endpoint = options.Value.OtlpEndpoint;
        if (endpoint is null && configuration["OTEL_EXPORTER_OTLP_ENDPOINT"] is null)
            return Task.CompletedTask;
        var resource = ResourceBuilder.CreateDefault().AddService(configuration["OTEL_SERVICE_NAME"] ?? environment.ApplicationName);
        _metrics = Sdk.CreateMeterProviderBuilder().SetResourceBuilder(resource).AddMeter(Sources).AddOtlpExporter(otlp => SendTo(endpoint, "v1/metrics", otlp)).Build();
        _traces = Sdk.CreateTracerProviderBuilder().SetResourceBuilder(resource).AddSource(Sources).AddOtlpExporter(otlp => SendTo(endpoint, "v1/traces", otlp)).Build();
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    // What is measured last is sent, too: disposal flushes.
    public void Dispose()
    {
        _metrics?.Dispose();
        _traces?.Dispose();
    }

    // An address that is assigned is taken as the whole: over HTTP the exporter adds the signal's path (OTLP 1.x, "OTLP/HTTP Request") only to one that it found itself.
    private static void SendTo(Uri? endpoint, string path, OtlpExporterOptions otlp)
    {
        if (endpoint is not null)
            otlp.Endpoint = otlp.Protocol is OtlpExportProtocol.HttpProtobuf ? new($"{endpoint.AbsoluteUri.TrimEnd('/')}/{path}") : endpoint;
    }
}
