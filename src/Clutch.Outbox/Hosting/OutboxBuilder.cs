using Clutch.Outbox.Channels;
using Clutch.Outbox.Faults;
using Clutch.Outbox.Operations;
using Clutch.Outbox.Submitting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;

namespace Clutch.Outbox.Hosting;

/// <summary>Sets up an outbox: where it lives, its channels, and whether this process sends.</summary>
public sealed class OutboxBuilder
{
    internal OutboxBuilder(IServiceCollection services) => Services = services;

    /// <summary>The services.</summary>
    public IServiceCollection Services { get; }

    internal string? DatabaseName { get; private set; }

    internal List<ChannelRegistration> Channels { get; } = [];

    internal Safeguards Safeguards { get; private set; } = new();

    /// <summary>Keeps the outbox in the database of this name (<c>AddPostgreSqlTarget</c>, <c>AddSqliteTarget</c>): the one whose transactions enqueue. By default it is the job repository's.</summary>
    public OutboxBuilder UseDatabase(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        DatabaseName = name;
        return this;
    }

    /// <summary>Adds a channel: one target with its rules.</summary>
    /// <param name="name">Its name, stored with each message: at most 100 characters.</param>
    /// <param name="submitter">Sends to the target; made once.</param>
    /// <param name="operations">Asks the target for operations, made once; null for a target that answers at once.</param>
    /// <param name="configure">Sets the options; the configuration section <c>Clutch:Outbox:{name}</c> can be bound with <c>Services.AddOptions&lt;ChannelOptions&gt;(name)</c>.</param>
    /// <exception cref="InvalidOperationException">The name is taken.</exception>
    public OutboxBuilder AddChannel(
        string name, Func<IServiceProvider, ISubmitter> submitter, Func<IServiceProvider, IOperationClient>? operations = null, Action<ChannelOptions>? configure = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(name.Length, 100, nameof(name));
        ArgumentNullException.ThrowIfNull(submitter);
        if (Channels.Exists(channel => channel.Name == name))
            throw new InvalidOperationException($"Channel '{name}' was added twice. Give each channel its own name.");
        Channels.Add(new(name, submitter, operations));
        Services.AddOptions<ChannelOptions>(name).Configure(options => configure?.Invoke(options)).ValidateOnStart();
        return this;
    }

    /// <summary>Sends, polls and sweeps all channels in the background of this process, from its start to its end. Without it a job or <see cref="Running.OutboxRunner"/> does.</summary>
    public OutboxBuilder RunInBackground()
    {
        Services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, Running.OutboxService>());
        return this;
    }

    /// <summary>Fails on purpose, for tests.</summary>
    public OutboxBuilder UseFaults(IOutboxFaults faults)
    {
        ArgumentNullException.ThrowIfNull(faults);
        Services.RemoveAll<IOutboxFaults>();
        Services.AddSingleton(faults);
        return this;
    }

    /// <summary>Switches a safeguard off, to prove that a test would notice. Never in production.</summary>
    public OutboxBuilder UseSafeguards(Safeguards safeguards)
    {
        ArgumentNullException.ThrowIfNull(safeguards);
        Safeguards = safeguards;
        return this;
    }
}

internal sealed record ChannelRegistration(string Name, Func<IServiceProvider, ISubmitter> Submitter, Func<IServiceProvider, IOperationClient>? Operations);
