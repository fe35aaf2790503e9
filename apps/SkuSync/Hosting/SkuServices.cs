using System.Net.Http.Headers;
using Clutch.Http;
using Clutch.Outbox.Channels;
using Clutch.Outbox.Faults;
using Clutch.Outbox.Http;
using Clutch.Steps;
using SkuSync.Catalog;
using SkuSync.Jobs;
using SkuSync.Marketplace;
using SkuSync.Stock;
using SkuSync.Storage;

namespace SkuSync.Hosting;

/// <summary>All services of SkuSync.</summary>
internal static class SkuServices
{
    private const string Details = "stock";
    private const string Listing = "stock-listing";

    public static IServiceCollection AddSkuSync(this IServiceCollection services, SkuConfiguration configuration, bool isServer)
    {
        var options = configuration.Options;
        services.AddSingleton(configuration);
        services.AddSingleton(options);
        AddStore(services, configuration);
        AddStock(services, configuration);
        AddOutbox(services, configuration, isServer);
        services.AddSingleton(new ContentHash(options.IgnoredMembers));
        services.AddSingleton<InterfaceTable>();
        services.AddSingleton<SyncRuns>();
        services.AddSingleton<SkuSchema>();
        services.AddSingleton<OutboxProgress>();
        services.AddSingleton<DatabasePatience>();
        services.AddSingleton<RunReport>();
        services.AddSingleton<DeletionGuard>();
        services.AddSingleton<ExtractEnd>();
        services.AddSingleton<Delivery>();
        services.AddScoped<RunKeeper>();
        if (FailPoint.FromEnvironment() is not null)
            services.AddSingleton<IFaultInjector, EngineFaults>();
        services.AddClutch(clutch => clutch
            .AddJob(ExtractJob.Name, job => ExtractJob.Define(job, options))
            .AddJob(RelayJob.Name, RelayJob.Define)
            .AddJob(SyncJob.Name, SyncJob.Define)
            .AddJob(ReconcileJob.Name, job => ReconcileJob.Define(job, options))
            .AddJob(RehashJob.Name, job => RehashJob.Define(job, options)));
        return services;
    }

    private static void AddStore(IServiceCollection services, SkuConfiguration configuration)
    {
        if (configuration.Store == "postgresql")
            services.AddClutchPostgreSql(configuration.ConnectionString);
        else
            services.AddClutchSqlite(configuration.ConnectionString);
    }

    // Two channels: the listing names what the details are asked for, and must not wait in their queue. Nor do its quick answers tell how fast a detail call should be.
    private static void AddStock(IServiceCollection services, SkuConfiguration configuration)
    {
        var options = configuration.Options;
        AddStock(services, configuration, Details, new() { Ceiling = options.Concurrency, Initial = Math.Min(options.Concurrency, Math.Max(8, options.Concurrency / 2)) });
        AddStock(services, configuration, Listing, new() { Ceiling = options.ListingRanges, Initial = options.ListingRanges });
        services.AddSingleton(provider => new StockApi(provider.HttpChannel(Listing), provider.HttpChannel(Details), options));
    }

    private static void AddStock(IServiceCollection services, SkuConfiguration configuration, string channel, ConcurrencyOptions concurrency)
    {
        var options = configuration.Options;
        Authorise(services.AddHttpChannel(channel, configuration.StockUrl, _ => new() { AttemptTimeout = options.CallTimeout, Concurrency = concurrency }), options.StockToken);
    }

    private static void AddOutbox(IServiceCollection services, SkuConfiguration configuration, bool isServer)
    {
        var options = configuration.Options;
        var calls = new HttpChannelOptions
        {
            AttemptTimeout = options.CallTimeout,
            Concurrency = new() { Ceiling = options.SubmitConcurrency + 4, Initial = Math.Min(options.SubmitConcurrency + 4, 8) },
        };
        var client = services.AddHttpChannel(SkuChanges.Channel, configuration.FulfilmentUrl, _ => calls);
        Authorise(client, options.FulfilmentToken);
        services.AddSingleton(provider => new HttpTarget
        {
            Channel = provider.HttpChannel(SkuChanges.Channel),
            // The dot keeps "sku-updates" from being read as a scheme.
            SubmitPath = "./sku-updates:batch",
            BatchStatusPath = "./operations:batchGet",
            Body = HttpTarget.JsonBody(group: "accountId", key: "skuId"),
        });
        services.AddSingleton(provider => new WatchedOperations(
            new HttpOperationClient(provider.GetRequiredService<HttpTarget>()), provider.GetRequiredService<ILogger<WatchedOperations>>()));
        services.AddSingleton(provider => new FulfilmentApi(provider.HttpChannel(SkuChanges.Channel)));
        services.AddClutchOutbox(outbox =>
        {
            outbox.AddChannel(
                SkuChanges.Channel,
                provider => new HttpSubmitter(provider.GetRequiredService<HttpTarget>()),
                provider => provider.GetRequiredService<WatchedOperations>(),
                channel => Configure(channel, options, calls));
            outbox.UseSafeguards(new()
            {
                HasFence = !options.SwitchedOff.Contains("fence"),
                HasPersistedKey = !options.SwitchedOff.Contains("persisted-key"),
                HandlesLostStatus = !options.SwitchedOff.Contains("lost-status"),
            });
            if (isServer)
                outbox.RunInBackground();
        });
    }

    private static void Configure(ChannelOptions channel, SkuOptions options, HttpChannelOptions calls)
    {
        channel.Ordering = options.Ordering;
        channel.BatchSize = options.SubmitBatchSize;
        channel.Linger = options.SubmitLinger;
        channel.MaxConcurrency = options.SubmitConcurrency;
        // The call has its own time-out. What it waits before for a place among this process's calls says nothing of the target, and must not count as an unknown outcome.
        channel.AttemptTimeout = calls.AttemptTimeout + calls.MaxWait;
        channel.LeaseDuration = options.LeaseDuration;
        channel.OperationDeadline = options.OperationDeadline;
        channel.FaultRest = options.FaultRest;
    }

    private static void Authorise(IHttpClientBuilder client, string? token)
    {
        if (token is not null)
            client.ConfigureHttpClient(http => http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token));
    }
}
