using Clutch.Executions;
using Clutch.Hosting;
using Clutch.Items;
using Clutch.Jobs;
using Clutch.Launching;
using Clutch.Repository;
using Clutch.Steps;
using Microsoft.Extensions.DependencyInjection;

namespace Clutch.Testing;

/// <summary>What a test host is made of.</summary>
public sealed record JobTestHostOptions
{
    /// <summary>The job repository; hosts that share one act like processes that share a database.</summary>
    public required IJobRepository Repository { get; init; }

    /// <summary>Adds the jobs under test.</summary>
    public required Action<ClutchBuilder> Configure { get; init; }

    /// <summary>The clock; the system's for null.</summary>
    public TimeProvider? TimeProvider { get; init; }

    /// <summary>What goes wrong at which fault point, or null.</summary>
    public IFaultInjector? Faults { get; init; }

    /// <summary>Adds further services, or null.</summary>
    public Action<IServiceCollection>? ConfigureServices { get; init; }
}

/// <summary>Runs jobs in a test as one process would: with services, a launcher and a repository of the test's choice.</summary>
public sealed class JobTestHost : IAsyncDisposable
{
    private readonly ServiceProvider _services;

    /// <summary>A host; the repository stays the caller's.</summary>
    public JobTestHost(JobTestHostOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        Repository = options.Repository;
        var services = new ServiceCollection();
        services.AddSingleton(options.TimeProvider ?? TimeProvider.System);
        // Without the wrapper the container would dispose the repository with this host.
        services.AddSingleton(new Borrowed(options.Repository));
        services.AddTransient(provider => provider.GetRequiredService<Borrowed>().Repository);
        if (options.Faults is not null)
            services.AddSingleton(options.Faults);
        services.AddClutch(clutch =>
        {
            // A test that wants to see waiting sets its own delays.
            clutch.Configure(clutchOptions => clutchOptions.RepositoryRetry = new RetryOptions { Attempts = 3, Delay = TimeSpan.Zero });
            options.Configure(clutch);
        });
        options.ConfigureServices?.Invoke(services);
        _services = services.BuildServiceProvider(new ServiceProviderOptions { ValidateScopes = true });
    }

    /// <summary>The job repository.</summary>
    public IJobRepository Repository { get; }

    /// <summary>The launcher of this host.</summary>
    public JobLauncher Launcher => _services.GetRequiredService<JobLauncher>();

    /// <summary>The recovery of this host.</summary>
    public Recovery Recovery => _services.GetRequiredService<Recovery>();

    /// <summary>Launches a job without waiting for its end.</summary>
    public async Task<JobLaunch> LaunchAsync(string job, params (string Name, string Value)[] parameters)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        return await Launcher.LaunchAsync(job, parameters.ToDictionary(parameter => parameter.Name, parameter => parameter.Value, StringComparer.Ordinal));
    }

    /// <summary>Launches a job and waits for its end.</summary>
    /// <exception cref="InvalidOperationException">The launch was refused.</exception>
    public async Task<JobOutcome> RunAsync(string job, params (string Name, string Value)[] parameters) => await EndOfAsync(await LaunchAsync(job, parameters));

    /// <summary>Restarts an execution and waits for its end.</summary>
    /// <exception cref="InvalidOperationException">The restart was refused.</exception>
    public async Task<JobOutcome> RestartAsync(JobExecutionId execution) => await EndOfAsync(await Launcher.RestartAsync(execution));

    /// <summary>Waits for the end of a launched job and gathers what the repository knows of it.</summary>
    /// <exception cref="InvalidOperationException">The launch was refused.</exception>
    public async Task<JobOutcome> EndOfAsync(JobLaunch launch)
    {
        ArgumentNullException.ThrowIfNull(launch);
        var run = launch.Run ?? throw new InvalidOperationException($"The launch was refused: {launch.Decision}");
        var answered = await run.Completion;
        var stored = await Repository.FindExecutionAsync(run.Execution.Id, CancellationToken.None)
            ?? throw new InvalidOperationException($"Job execution {run.Execution.Id} is not in the repository.");
        return new()
        {
            Run = run,
            Answered = answered,
            Execution = stored,
            Steps = await Repository.ListStepsAsync(stored.Id, CancellationToken.None),
        };
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _services.DisposeAsync();

    private sealed record Borrowed(IJobRepository Repository);
}

/// <summary>A job execution that has ended, as the repository knows it.</summary>
public sealed record JobOutcome
{
    /// <summary>The run in this process.</summary>
    public required JobRun Run { get; init; }

    /// <summary>What <see cref="JobRun.Completion"/> answered.</summary>
    public required JobExecution Answered { get; init; }

    /// <summary>The execution as it is stored.</summary>
    public required JobExecution Execution { get; init; }

    /// <summary>Its steps and partitions in the order of their start.</summary>
    public required IReadOnlyList<StepExecution> Steps { get; init; }

    /// <summary>Where it stands in the repository.</summary>
    public BatchStatus Status => Execution.Status;

    /// <summary>The latest execution of a step as a whole.</summary>
    /// <exception cref="InvalidOperationException">The execution did not begin the step.</exception>
    public StepExecution Step(string name) => Steps.LastOrDefault(step => step.StepName == name && step.Partition is null)
        ?? throw new InvalidOperationException($"Step '{name}' did not begin; these did: {string.Join(", ", Steps.Select(step => $"'{step.StepName}'"))}.");

    /// <summary>The partitions of a step.</summary>
    public IReadOnlyList<StepExecution> Partitions(string name) => [.. Steps.Where(step => step.StepName == name && step.Partition is not null)];
}
