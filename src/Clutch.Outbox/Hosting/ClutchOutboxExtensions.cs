using Clutch.Outbox;
using Clutch.Outbox.Administration;
using Clutch.Outbox.Channels;
using Clutch.Outbox.Faults;
using Clutch.Outbox.Hosting;
using Clutch.Outbox.Running;
using Clutch.Outbox.Storage;
using Clutch.Relational;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>The outbox of a program.</summary>
public static class ClutchOutboxExtensions
{
    /// <summary>Adds the outbox: <see cref="IOutbox"/>, <see cref="IOutboxAdmin"/>, <see cref="OutboxSchema"/>, <see cref="OutboxRelay"/>, <see cref="OperationPoller"/>, <see cref="OutboxSweeper"/> and <see cref="OutboxRunner"/>.</summary>
    /// <param name="services">The services, with a SQL database in them.</param>
    /// <param name="configure">Names the database and adds the channels.</param>
    /// <exception cref="InvalidOperationException">An outbox was added before.</exception>
    public static IServiceCollection AddClutchOutbox(this IServiceCollection services, Action<OutboxBuilder> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configure);
        if (services.Any(service => service.ServiceType == typeof(OutboxBuilder)))
            throw new InvalidOperationException("The outbox was added twice. Add all its channels in one call of AddClutchOutbox.");
        var builder = new OutboxBuilder(services);
        configure(builder);
        services.AddSingleton(builder);
        services.TryAddSingleton(TimeProvider.System);
        services.AddLogging();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<ChannelOptions>, ChannelOptionsValidator>());
        if (FailPoint.FromEnvironment() is { } ordered)
            services.TryAddSingleton<IOutboxFaults>(ordered);
        services.TryAddSingleton(provider => OutboxStore.Over(DatabaseOf(provider, builder), provider.GetRequiredService<TimeProvider>(), builder.Safeguards, provider.GetService<IOutboxFaults>()));
        services.TryAddSingleton<WakeUp>();
        services.TryAddSingleton<ChannelDirectory>();
        services.TryAddSingleton<IOutbox, RelationalOutbox>();
        services.TryAddSingleton<IOutboxAdmin, OutboxAdmin>();
        AddParts(services);
        return services;
    }

    private static void AddParts(IServiceCollection services)
    {
        services.TryAddSingleton(static provider => new OutboxSchema(provider.GetRequiredService<OutboxStore>()));
        services.TryAddSingleton<ChannelLoops>();
        services.TryAddSingleton(static provider => new OutboxRelay(provider.GetRequiredService<ChannelLoops>()));
        services.TryAddSingleton(static provider => new OperationPoller(provider.GetRequiredService<ChannelLoops>()));
        services.TryAddSingleton(static provider => new OutboxSweeper(
            provider.GetRequiredService<OutboxStore>(), provider.GetRequiredService<ChannelDirectory>(),
            provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<OutboxSweeper>>()));
        services.TryAddSingleton(static provider => new OutboxRunner(
            provider.GetRequiredService<OutboxRelay>(), provider.GetRequiredService<OperationPoller>(), provider.GetRequiredService<OutboxSweeper>()));
    }

    private static RelationalDatabase DatabaseOf(IServiceProvider provider, OutboxBuilder builder)
    {
        var database = builder.DatabaseName is { } name ? provider.GetKeyedService<RelationalDatabase>(name) : provider.GetService<RelationalDatabase>();
        return database ?? throw new InvalidOperationException(
            builder.DatabaseName is { } missing
                ? $"The outbox is to live in database '{missing}', but there is none of this name. Add it with AddPostgreSqlTarget or AddSqliteTarget."
                : "The outbox needs a SQL database. Call AddClutchPostgreSql or AddClutchSqlite, or name a target database with UseDatabase.");
    }
}
