using Clutch.Executions;
using Clutch.Repository;
using SkuSync.Jobs;
using SkuSync.Storage;

namespace SkuSync.Hosting;

/// <summary>The arguments, taken apart: <c>--Section:Name=value</c> and <c>--urls</c> are configuration, the rest is the command.</summary>
internal sealed record CommandLine(string[] Command, string[] Settings)
{
    public string Verb => Command.FirstOrDefault() is { } verb and not "--help" ? verb : "help";

    public static CommandLine Parse(string[] args)
    {
        var (command, settings) = (new List<string>(), new List<string>());
        for (var i = 0; i < args.Length; i++)
        {
            var isSetting = args[i].StartsWith("--", StringComparison.Ordinal) && (args[i].Contains(':', StringComparison.Ordinal) || args[i].StartsWith("--urls", StringComparison.Ordinal));
            (isSetting ? settings : command).Add(args[i]);
            if (isSetting && !args[i].Contains('=', StringComparison.Ordinal) && i + 1 < args.Length)
                settings.Add(args[++i]);
        }

        return new([.. command], [.. settings]);
    }

    /// <summary>Whether the command works on the tables, so that they must exist.</summary>
    public bool NeedsTables => Verb is "run" or "restart" or "redrive" or "serve" or "approve" or "runs" or "migrate" && !Command.Contains("--print");

    /// <summary>The job that a <c>run</c> names, or null.</summary>
    public string? Job => Verb == "run" ? Command.Skip(1).FirstOrDefault() : null;

    /// <summary>The command with the run it means: the one it names, else an unfinished one that nobody abandoned, else a new one.</summary>
    public async Task<CommandLine> WithRunAsync(SyncRuns runs, IJobRepository repository, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        if (Job is not (ExtractJob.Name or SyncJob.Name or RelayJob.Name or ReconcileJob.Name or RehashJob.Name) || Command.Any(argument => argument.StartsWith("run=", StringComparison.Ordinal)))
            return this;
        var unfinished = Job is ExtractJob.Name or SyncJob.Name ? await runs.FindActiveAsync(cancellationToken) : null;
        if (unfinished is not null && await IsAbandonedAsync(unfinished.Key, repository, cancellationToken))
            unfinished = null;
        return this with { Command = [.. Command, $"run={unfinished?.Key ?? RunKeys.New(timeProvider)}"] };
    }

    // Its job can never run again: the run is left to the next one, which takes its place.
    private async Task<bool> IsAbandonedAsync(string key, IJobRepository repository, CancellationToken cancellationToken)
    {
        var instance = new JobParameters([new(ExtractJob.RunParameter, new(key, IsIdentifying: true))]).IdentityKey;
        foreach (var job in new[] { Job!, ExtractJob.Name })
        {
            if (await repository.FindLastExecutionAsync(job, instance, cancellationToken) is { Status: BatchStatus.Abandoned })
                return true;
        }

        return false;
    }
}
