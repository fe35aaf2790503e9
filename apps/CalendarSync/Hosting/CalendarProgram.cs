using CalendarSync.Accounts;
using CalendarSync.Jobs;
using CalendarSync.Storage;
using Clutch.Hosting;
using Clutch.Relational;
using Clutch.Repository;

namespace CalendarSync.Hosting;

/// <summary>The command line: a role to run, or users to manage.</summary>
internal static class CalendarProgram
{
    private const string Usage = $"""
        CalendarSync main|batch|all [--urls http://127.0.0.1:5080] [--Batch:Urls http://127.0.0.1:5081] [--Clutch:Store sqlite|postgresql] [--ConnectionStrings:Clutch ...]
        CalendarSync batch run import|export          runs a job once, for what is due now; batch list, show, stop, ...: docs/reference/command-line.md
        CalendarSync batch keys|users ...             API keys and people of the batch server: keys create NAME --role operator
        {UserCommands.Usage}
        """;

    /// <summary>Runs it; answers the exit code: 0, 2 when the command line or the settings are wrong, 5 when another program has the address, or 6 when the database cannot be used.</summary>
    public static async Task<int> RunAsync(string[] args, TextWriter output)
    {
        try
        {
            return args switch
            {
                ["main", .. var settings] => await ServeAsync(CalendarRole.Main, settings),
                ["batch", .. var words] when BatchCommands.IsCommand(words) => await BatchCommands.RunAsync(words),
                ["batch", "keys" or "users", ..] => await BatchCommands.ManageAsync(args[1..]),
                ["batch", .. var settings] => await ServeAsync(CalendarRole.Batch, settings),
                ["all", .. var settings] => await ServeBothAsync(settings),
                ["user", .. var rest] => await ManageUsersAsync(rest, output),
                _ => await ComplainAsync(output, $"Say what to do:\n{Usage}"),
            };
        }
        catch (SettingsException fault)
        {
            return await ComplainAsync(output, fault.Message);
        }
        catch (Exception fault) when (IsUnreadable(fault))
        {
            return await ComplainAsync(output, $"{fault.Message} {fault.InnerException?.Message}");
        }
        catch (Exception fault) when (ClutchServerCommandLine.FindExitCode(fault) is { } code)
        {
            return await ComplainAsync(output, fault.Message, code);
        }
    }

    // A file that is no JSON, and a setting that is no number where one is wanted: the configuration throws these, with the name and the value in their messages.
    private static bool IsUnreadable(Exception fault) => fault is InvalidDataException || (fault is InvalidOperationException && fault.Source == "Microsoft.Extensions.Configuration.Binder");

    private static async Task<int> ServeAsync(CalendarRole role, string[] settings)
    {
        if (role == CalendarRole.Batch)
            Priority.Lower(settings);
        await using var app = CalendarHost.Build(role, settings);
        await app.RunAsync();
        return 0;
    }

    // Two hosts in one process: each with its own address, sign-in and pages. Where one ends, the other does.
    private static async Task<int> ServeBothAsync(string[] settings)
    {
        await using var main = CalendarHost.Build(CalendarRole.Main, settings);
        await using var batch = CalendarHost.Build(CalendarRole.BatchBesideMain, settings);
        await main.StartAsync();
        await batch.StartAsync();
        await Task.WhenAny(main.WaitForShutdownAsync(), batch.WaitForShutdownAsync());
        await Task.WhenAll(main.StopAsync(), batch.StopAsync());
        return 0;
    }

    // Words up to the first setting belong to the command; --admin is the command's own.
    private static async Task<int> ManageUsersAsync(string[] rest, TextWriter output)
    {
        string[] words = [.. rest.TakeWhile(word => word == "--admin" || !word.StartsWith("--", StringComparison.Ordinal))];
        await using var app = CalendarHost.Build(CalendarRole.Main, rest[words.Length..]);
        var database = app.Services.GetRequiredService<RelationalDatabase>();
        await app.Services.GetRequiredService<IJobRepository>().MigrateAsync(CancellationToken.None);
        await CalendarSchema.MigratorOf(database).MigrateAsync(CancellationToken.None);
        return await new UserCommands(app.Services.GetRequiredService<UserStore>(), output).RunAsync(words, CancellationToken.None);
    }

    private static async Task<int> ComplainAsync(TextWriter output, string problem, ExitCode code = ExitCode.WrongUsage)
    {
        await output.WriteLineAsync(problem);
        return (int)code;
    }
}
