using CalendarSync.Hosting;
using CalendarSync.Storage;
using Clutch.Executions;
using Clutch.Relational;
using Clutch.Repository;

namespace CalendarSync.Jobs;

/// <summary>The batch role from the command line: <c>batch run import</c>, <c>batch list</c>, <c>batch show 7</c> and the other commands of every program with jobs.</summary>
internal static class BatchCommands
{
    private static readonly string[] Commands = ["jobs", "run", "restart", "stop", "abandon", "list", "show", "dead-letters", "redrive", "purge", "migrate"];

    /// <summary>Whether these words are a command, and not the settings of a process that stays.</summary>
    public static bool IsCommand(IReadOnlyList<string> words) => words.Count > 0 && Commands.Contains(words[0], StringComparer.Ordinal);

    /// <summary>Runs one command to its end.</summary>
    /// <param name="words">The command and its arguments; options with a colon in their name are settings: <c>--Clutch:Store postgresql</c>.</param>
    /// <returns>The exit code of docs/reference/exit-codes.md.</returns>
    public static async Task<int> RunAsync(IReadOnlyList<string> words)
    {
        var (command, settings) = Split(words);
        await using var app = CalendarHost.Build(CalendarRole.Command, settings, builder => builder.Logging.SetMinimumLevel(LogLevel.Warning));
        await app.Services.GetRequiredService<IJobRepository>().MigrateAsync(CancellationToken.None);
        await CalendarSchema.MigratorOf(app.Services.GetRequiredService<RelationalDatabase>()).MigrateAsync(CancellationToken.None);
        return await app.Services.RunClutchAsync(WithTime(command, app.Services.GetRequiredService<TimeProvider>()));
    }

    /// <summary>Manages who may use the batch server: <c>batch keys create NAME --role operator</c>, <c>batch users add NAME --role operator</c>.</summary>
    /// <param name="words">The command and its arguments, with settings as in <see cref="RunAsync"/>.</param>
    /// <returns>The exit code of docs/reference/exit-codes.md.</returns>
    public static async Task<int> ManageAsync(IReadOnlyList<string> words)
    {
        var (command, settings) = Split(words);
        await using var app = CalendarHost.Build(CalendarRole.Batch, settings, builder => builder.Logging.SetMinimumLevel(LogLevel.Warning));
        return await app.RunClutchServerAsync([.. command]);
    }

    private static (List<string> Command, string[] Settings) Split(IReadOnlyList<string> words)
    {
        List<string> command = [];
        List<string> settings = [];
        for (var i = 0; i < words.Count; i++)
        {
            var isSetting = words[i].StartsWith("--", StringComparison.Ordinal) && words[i].Contains(':', StringComparison.Ordinal);
            (isSetting ? settings : command).Add(words[i]);
            if (isSetting && !words[i].Contains('=', StringComparison.Ordinal) && i + 1 < words.Count) settings.Add(words[++i]);
        }

        return (command, [.. settings]);
    }

    // Without a time a run means: what is due now.
    private static string[] WithTime(List<string> command, TimeProvider timeProvider)
    {
        if (command is ["run", CalendarJobs.Import or CalendarJobs.Export, ..] && !command.Exists(word => word.StartsWith($"{CalendarJobs.AsOf}=", StringComparison.Ordinal)))
        {
            command.Insert(2, $"{CalendarJobs.AsOf}={JobParameters.Format(timeProvider.GetUtcNow())}");
        }

        return [.. command];
    }
}
