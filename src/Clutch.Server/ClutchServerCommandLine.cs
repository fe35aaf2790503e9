using System.ComponentModel.DataAnnotations;
using System.Data.Common;
using System.Net.Sockets;
using Clutch.Hosting;
using Clutch.Repository;
using Clutch.Scheduling;
using Clutch.Server.Audit;
using Clutch.Server.Security;
using Clutch.Server.Storage;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Hosting;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>The command line of a program that hosts a server.</summary>
public static class ClutchServerCommandLine
{
    private static readonly string[] OptionsOfCommands = ["--help", "--json", "--quiet"];

    /// <summary>Without arguments, or with options of the configuration only, serves until the process is asked to end; <c>keys</c> and <c>users</c> manage credentials; all else are the commands of <c>RunClutchAsync</c>.</summary>
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
            // An option such as --urls is the configuration's; one of the commands' own never means to serve.
            if (args is [var first, ..] && (!first.StartsWith('-') || OptionsOfCommands.Contains(first, StringComparer.Ordinal)))
                return await host.RunClutchAsync(args);
            await host.RunAsync();
            return (int)ExitCode.Completed;
        }
        catch (Exception fault) when (FindExitCode(fault) is { } code)
        {
            await error.WriteLineAsync(fault.Message);
            return (int)code;
        }
    }

    /// <summary>How a program that serves should end when this kept it from it: for programs with a command line of their own.</summary>
    /// <param name="fault">What was thrown, while the host was built, started or at work.</param>
    /// <returns>
    /// <see cref="ExitCode.WrongUsage"/> for options, schedules and addresses that a person must mend, <see cref="ExitCode.Refused"/> for an address that another program has,
    /// <see cref="ExitCode.RepositoryUnusable"/> for the database; null for a fault that nobody foresaw, whose trace is wanted.
    /// </returns>
    public static ExitCode? FindExitCode(Exception fault) => fault switch
    {
        ValidationException or Options.OptionsValidationException or ListenRefusedException or ScheduleDefinitionException => ExitCode.WrongUsage,
        // It may be this program's predecessor, which still ends its chunks: another try is worth it.
        IOException { InnerException: AddressInUseException } => ExitCode.Refused,
        // A port without the right to it, an address that this machine does not have.
        SocketException { SocketErrorCode: SocketError.AccessDenied or SocketError.AddressNotAvailable } => ExitCode.WrongUsage,
        RepositoryException or DbException => ExitCode.RepositoryUnusable,
        _ => null,
    };

    private static async Task<ExitCode> ManageAsync(IServiceProvider services, string[] args, TextReader input, TextWriter output, TextWriter error)
    {
        await services.GetRequiredService<IJobRepository>().MigrateAsync(CancellationToken.None);
        await services.GetRequiredService<ServerDatabase>().MigrateAsync(CancellationToken.None);
        var commands = new CredentialCommands(services.GetRequiredService<CredentialStore>(), services.GetRequiredService<AuditLog>(), input, output, error);
        return await commands.RunAsync(args, CancellationToken.None);
    }
}
