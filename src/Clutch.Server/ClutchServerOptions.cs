using System.ComponentModel.DataAnnotations;
using Clutch.Client.Wire;
using Clutch.Server.Alerts;

namespace Clutch.Server;

/// <summary>How a Clutch server behaves; bound to the configuration section <c>Clutch:Server</c>.</summary>
public sealed class ClutchServerOptions
{
    /// <summary>Under which path the server lies, such as <c>/batch</c>; empty, the default, for the root.</summary>
    public string PathPrefix { get; set; } = string.Empty;

    /// <summary>API keys from configuration, beside those that <c>keys create</c> keeps in the database.</summary>
    public IList<ApiKeyOptions> ApiKeys { get; } = [];

    /// <summary>Who signs in, and how.</summary>
    [Required]
    public SignInOptions SignIn { get; set; } = new();

    /// <summary>Which history is kept.</summary>
    [Required]
    public RetentionOptions Retention { get; set; } = new();

    /// <summary>Which alerts there are and where they go.</summary>
    [Required]
    public AlertOptions Alerts { get; set; } = new();

    /// <summary>Live streams.</summary>
    [Required]
    public LiveOptions Live { get; set; } = new();

    /// <summary>How often a process gives a sign of life: 500 ms to 1 minute; 5 s by default. After three missing ones it counts as lost.</summary>
    public TimeSpan HeartbeatInterval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a process that ends waits for its executions to come to a chunk boundary: 0 to 1 hour; 30 s by default.</summary>
    /// <remarks>What is not there by then loses its lease, and goes on at its last commit where a schedule fired it or its job restarts by itself. The host's own shutdown timeout (30 s by default) is raised to 5 s more than this where it is shorter.</remarks>
    public TimeSpan DrainTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Where metrics and traces go over OTLP, such as <c>http://collector:4317</c>; null, the default, sends none unless <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> is set.</summary>
    /// <remarks>With <c>OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf</c> it is the base, such as <c>http://collector:4318</c>: <c>v1/metrics</c> and <c>v1/traces</c> are added.</remarks>
    public Uri? OtlpEndpoint { get; set; }
}

/// <summary>An API key from configuration.</summary>
public sealed class ApiKeyOptions
{
    /// <summary>The name by which the audit log knows its holder.</summary>
    [Required]
    public string Name { get; set; } = string.Empty;

    /// <summary>The key itself, at least 32 characters; give it by an environment variable or a secret store, never in a file that is checked in.</summary>
    [Required]
    [MinLength(32)]
    public string Key { get; set; } = string.Empty;

    /// <summary>What it may do; look at everything by default.</summary>
    public Role Role { get; set; } = Role.Viewer;
}

/// <summary>Sign-in of people by cookie.</summary>
public sealed class SignInOptions
{
    /// <summary>How long a session lasts at most: 1 minute to 30 days; 12 hours by default.</summary>
    public TimeSpan SessionDuration { get; set; } = TimeSpan.FromHours(12);

    /// <summary>Failures after which a name, or an address, must wait: 1 to 100; 5 by default. The wait doubles with each one more, up to 15 minutes.</summary>
    [Range(1, 100)]
    public int FailuresBeforeWait { get; set; } = 5;
}

/// <summary>Which history is kept.</summary>
public sealed class RetentionOptions
{
    /// <summary>How long instances are kept after their last execution ended: 1 hour to 100 years; 90 days by default.</summary>
    public TimeSpan KeepExecutions { get; set; } = TimeSpan.FromDays(90);

    /// <summary>How long the audit log is kept: 1 day to 100 years; 2 years by default.</summary>
    public TimeSpan KeepAudit { get; set; } = TimeSpan.FromDays(730);

    /// <summary>How often a process looks for what is too old: 1 minute to 7 days; 1 hour by default.</summary>
    public TimeSpan Interval { get; set; } = TimeSpan.FromHours(1);

    /// <summary>Executions deleted in one transaction: 1 to 10,000; 500 by default.</summary>
    [Range(1, 10_000)]
    public int BiteSize { get; set; } = 500;

    /// <summary>The rest between two bites, in which others have the database: 0 to 1 minute; 200 ms by default.</summary>
    public TimeSpan Rest { get; set; } = TimeSpan.FromMilliseconds(200);
}

/// <summary>Live streams (server-sent events).</summary>
public sealed class LiveOptions
{
    /// <summary>How often the database is asked, once for all who watch: 100 ms to 1 minute; 1 s by default.</summary>
    public TimeSpan Interval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How often a silent stream sends a sign of life: 1 s to 5 minutes; 15 s by default.</summary>
    public TimeSpan Heartbeat { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>Streams open at once: 1 to 10,000; 500 by default. One more gets 503.</summary>
    [Range(1, 10_000)]
    public int MaxStreams { get; set; } = 500;
}
