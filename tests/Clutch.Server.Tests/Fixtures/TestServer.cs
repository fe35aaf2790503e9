using Clutch.Client.Wire;
using Clutch.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Clutch.Server.Tests.Fixtures;

/// <summary>A whole server over Kestrel on a free loopback port, with a viewer's and an operator's key.</summary>
public sealed class TestServer : IAsyncDisposable
{
    public const string ViewerKey = "viewer-key-of-the-tests-0123456789abcdef";
    public const string OperatorKey = "operator-key-of-the-tests-0123456789abcdef";

    private readonly TestStore? _ownStore;

    private TestServer(WebApplication application, TestJobs jobs, TestStore store, bool ownsStore)
    {
        Application = application;
        Jobs = jobs;
        Store = store;
        _ownStore = ownsStore ? store : null;
        Address = new(application.Urls.First());
        Anonymous = ClientWith(key: null);
        Viewer = ClientWith(ViewerKey);
        Operator = ClientWith(OperatorKey);
    }

    public WebApplication Application { get; }

    public TestJobs Jobs { get; }

    public TestStore Store { get; }

    public Uri Address { get; }

    public HttpClient Anonymous { get; }

    public HttpClient Viewer { get; }

    public HttpClient Operator { get; }

    public IServiceProvider Services => Application.Services;

    public static Task<TestServer> StartAsync(StoreKind kind, TestServerSettings? settings = null) => StartNowAsync(kind, given: null, settings);

    public static Task<TestServer> StartAsync(TestStore store, TestServerSettings? settings = null) => StartNowAsync(default, store, settings);

    private static async Task<TestServer> StartNowAsync(StoreKind kind, TestStore? given, TestServerSettings? settings)
    {
        settings ??= new();
        var store = given ?? await TestStore.CreateAsync(kind);
        var jobs = new TestJobs();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelCore().UseUrls(settings.Url);
        if (settings.BelievesProxies)
            builder.Configuration["ForwardedHeaders_Enabled"] = "true";
        store.Add(builder.Services);
        builder.Services.AddClutch(clutch =>
        {
            if (settings.HasTestJobs)
                jobs.AddTo(clutch);
            settings.Clutch?.Invoke(clutch);
        });
        builder.Services.AddClutchServer(options =>
        {
            if (settings.HasKeys)
            {
                options.ApiKeys.Add(new() { Name = "tests-viewer", Key = ViewerKey, Role = Role.Viewer });
                options.ApiKeys.Add(new() { Name = "tests-operator", Key = OperatorKey, Role = Role.Operator });
            }

            options.Live.Interval = TimeSpan.FromMilliseconds(100);
            settings.Options?.Invoke(options);
        });
        settings.Services?.Invoke(builder.Services);
        var application = builder.Build();
        application.MapClutchServer();
        await application.StartAsync();
        return new(application, jobs, store, given is null);
    }

    public HttpClient ClientWith(string? key)
    {
        var client = new HttpClient { BaseAddress = Address, Timeout = TimeSpan.FromMinutes(2) };
        if (key is not null)
            client.DefaultRequestHeaders.Authorization = new("Bearer", key);
        return client;
    }

    public async ValueTask DisposeAsync()
    {
        Jobs.Release();
        Anonymous.Dispose();
        Viewer.Dispose();
        Operator.Dispose();
        await Application.StopAsync();
        await Application.DisposeAsync();
        if (_ownStore is not null)
            await _ownStore.DisposeAsync();
    }
}

public sealed record TestServerSettings
{
    public string Url { get; init; } = "http://127.0.0.1:0";

    public bool HasKeys { get; init; } = true;

    /// <summary>What <c>ASPNETCORE_FORWARDEDHEADERS_ENABLED</c> sets.</summary>
    public bool BelievesProxies { get; init; }

    /// <summary>Whether it hosts the <see cref="TestJobs"/>.</summary>
    public bool HasTestJobs { get; init; } = true;

    public Action<ClutchBuilder>? Clutch { get; init; }

    public Action<ClutchServerOptions>? Options { get; init; }

    public Action<IServiceCollection>? Services { get; init; }
}
