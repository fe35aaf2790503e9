using Clutch.Hosting;
using Clutch.Repository;
using Clutch.Server.Audit;
using Clutch.Server.Security;
using Clutch.Server.Storage;
using Microsoft.Extensions.Hosting;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>The command line of a program that hosts a server.</summary>
public static class ClutchServerCommandLine
{
    /// <summary>Without arguments, or with options only, serves until the process is asked to end; <c>keys</c> and <c>users</c> manage credentials; all else are the commands of <c>RunClutchAsync</c>.</summary>
    /// <returns>The process's exit code (docs/reference/exit-codes.md).</returns>
    public static Task<int> RunClutchServerAsync(this IHost host, string[] args) => RunClutchServerAsync(host, args, Console.In, Console.Out, Console.Error);

    internal static async Task<int> RunClutchServerAsync(IHost host, string[] args, TextReader input, TextWriter output, TextWriter error)
    {
        ArgumentNullException.ThrowIfNull(host);
        ArgumentNullException.ThrowIfNull(args);
        try
        {
            if (CredentialCommands.Takes(args))
                return (int)await ManageAsync(host.Services, args, input, output, error);
            // An option such as --urls is the configuration's.
            if (args is [var verb, ..] && !verb.StartsWith('-'))
                return await host.RunClutchAsync(args);
            await host.RunAsync();
            return (int)ExitCode.Completed;
        }
        catch (RepositoryException fault)
        {
            await error.WriteLineAsync(fault.Message);
            return (int)ExitCode.RepositoryUnusable;
        }
        catch (Exception fault) when (fault is Options.OptionsValidationException or ListenRefusedException)
        {
            await error.WriteLineAsync(fault.Message);
            return (int)ExitCode.WrongUsage;
        }
    }

    private static async Task<ExitCode> ManageAsync(IServiceProvider services, string[] args, TextReader input, TextWriter output, TextWriter error)
    {
        await services.GetRequiredService<IJobRepository>().MigrateAsync(CancellationToken.None);
        await services.GetRequiredService<ServerDatabase>().MigrateAsync(CancellationToken.None);
        var commands = new CredentialCommands(services.GetRequiredService<CredentialStore>(), services.GetRequiredService<AuditLog>(), input, output, error);
        return await commands.RunAsync(args, CancellationToken.None);
    }
}
