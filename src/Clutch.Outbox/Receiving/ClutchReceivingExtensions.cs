using Clutch.Outbox.Faults;
using Clutch.Outbox.Receiving;
using Clutch.Relational;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>The server half of the outbox in a service.</summary>
public static class ClutchReceivingExtensions
{
    /// <summary>Makes the service accept operations; then map <c>app.MapOperations()</c>, and add <c>RequireIdempotencyKey()</c> to the endpoints that accept.</summary>
    /// <remarks>Call <see cref="ReceivingSchema.MigrateAsync"/> before it starts. The database is the one in which the handlers make their effects.</remarks>
    /// <param name="services">The services.</param>
    /// <param name="configure">Names the database and the queues.</param>
    public static IServiceCollection AddClutchReceiving(this IServiceCollection services, Action<ReceivingBuilder> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configure);
        var builder = new ReceivingBuilder();
        configure(builder);
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(builder.BuildOptions());
        services.AddSingleton(new ReceivingQueues(builder.Handlers));
        services.AddSingleton(new OperationPath());
        services.AddSingleton(provider => new OperationStore(builder.FindDatabase(provider)));
        services.AddSingleton<IOperationQueue>(provider => new OperationQueue(
            provider.GetRequiredService<OperationStore>(), provider.GetRequiredService<ReceivingOptions>(), provider.GetRequiredService<ReceivingQueues>(), FaultsOf(provider)));
        services.AddSingleton<IHostedService>(provider => new OperationWorker(
            provider.GetRequiredService<OperationStore>(), provider.GetRequiredService<ReceivingOptions>(), provider.GetRequiredService<ReceivingQueues>(), provider,
            provider.GetRequiredService<TimeProvider>(), provider.GetService<ILogger<OperationWorker>>() ?? NullLogger<OperationWorker>.Instance, FaultsOf(provider)));
        return services;
    }

    private static IOutboxFaults? FaultsOf(IServiceProvider provider) => provider.GetService<IOutboxFaults>() ?? FailPoint.FromEnvironment();
}

/// <summary>Names the database and the queues of the server half.</summary>
public sealed class ReceivingBuilder
{
    private readonly Dictionary<string, Func<IServiceProvider, IOperationHandler>> _handlers = [];
    private readonly ReceivingOptions _options = new();
    private string? _database;

    internal IReadOnlyDictionary<string, Func<IServiceProvider, IOperationHandler>> Handlers => _handlers;

    /// <summary>The target database of this name; without it the one of the job repository.</summary>
    public ReceivingBuilder UseDatabase(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        _database = name;
        return this;
    }

    /// <summary>Adds a queue and what does its work.</summary>
    /// <param name="name">The queue's name.</param>
    /// <param name="handler">Gives the handler; called for each operation.</param>
    public ReceivingBuilder AddQueue(string name, Func<IServiceProvider, IOperationHandler> handler)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(handler);
        _handlers.Add(name, handler);
        return this;
    }

    /// <summary>Changes the options.</summary>
    public ReceivingBuilder Configure(Action<ReceivingOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        configure(_options);
        return this;
    }

    internal RelationalDatabase FindDatabase(IServiceProvider provider) =>
        _database is null ? provider.GetRequiredService<RelationalDatabase>() : provider.GetRequiredKeyedService<RelationalDatabase>(_database);

    internal ReceivingOptions BuildOptions()
    {
        if (_handlers.Count == 0)
            throw new InvalidOperationException("The receiving half has no queue. Add one with AddQueue.");
        if (_options.Workers is < 0 or > 256 || _options.SliceSize is < 1 or > 10_000 || _options.ItemPageSize is < 1 or > 10_000 || _options.MaxPendingItems < 1)
            throw new InvalidOperationException("The options of the receiving half are out of range: Workers 0 to 256, SliceSize and ItemPageSize 1 to 10,000, MaxPendingItems 1 or more.");
        if (_options.Window <= TimeSpan.Zero || _options.LeaseDuration <= TimeSpan.Zero || _options.IdleInterval <= TimeSpan.Zero || _options.SweepInterval <= TimeSpan.Zero)
            throw new InvalidOperationException("Window, LeaseDuration, IdleInterval and SweepInterval of the receiving half must be more than zero.");
        return _options;
    }
}
