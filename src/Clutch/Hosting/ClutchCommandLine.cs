using System.ComponentModel.DataAnnotations;
using Clutch.Hosting;
using Clutch.Jobs;
using Clutch.Launching;
using Clutch.Repository;
using Microsoft.Extensions.Hosting;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>The command line of a program that hosts jobs: <c>jobs</c>, <c>run</c>, <c>restart</c>, <c>stop</c>, <c>abandon</c>, <c>list</c>, <c>show</c>, <c>dead-letters</c>, <c>redrive</c>, <c>purge</c>, <c>migrate</c>, <c>help</c>.</summary>
public static class ClutchCommandLine
{
    /// <summary>Does what the arguments say; answers the process's exit code (docs/reference/exit-codes.md).</summary>
    /// <remarks>Ctrl-C and SIGTERM stop a running job at its next chunk boundary; a second Ctrl-C ends the process.</remarks>
    public static Task<int> RunClutchAsync(this IHost host, string[] args)
    {
        ArgumentNullException.ThrowIfNull(host);
        return RunClutchAsync(host.Services, args);
    }

    /// <summary>Does what the arguments say, without a host; answers the process's exit code.</summary>
    public static Task<int> RunClutchAsync(this IServiceProvider services, string[] args) =>
        RunClutchAsync(services, args, Console.Out, Console.Error, !Console.IsOutputRedirected);

    internal static async Task<int> RunClutchAsync(IServiceProvider services, string[] args, TextWriter output, TextWriter error, bool isTerminal)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(args);
        var isJson = args.Contains("--json");
        try
        {
            var arguments = new CommandArguments(args);
            return (int)await new Commands(services, arguments, output, isTerminal && !isJson).RunAsync();
        }
        catch (Exception fault)
        {
            var code = CodeFor(fault, services);
            await error.WriteLineAsync(code is ExitCode.Unexpected ? fault.ToString() : fault.Message);
            return (int)code;
        }
    }

    private static ExitCode CodeFor(Exception fault, IServiceProvider services) => fault switch
    {
        UsageException or JobParametersException or JobNotFoundException => ExitCode.WrongUsage,
        ValidationException or Options.OptionsValidationException => ExitCode.WrongUsage,
        RepositoryException => ExitCode.RepositoryUnusable,
        // Such as a server that crashed and is recovering.
        _ when services.GetService<IJobRepository>()?.ChunkStore.IsTransient(fault) is true => ExitCode.RepositoryUnusable,
        _ => ExitCode.Unexpected,
    };
}
