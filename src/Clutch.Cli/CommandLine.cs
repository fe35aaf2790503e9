using System.CommandLine;
using System.Net;
using Clutch.Cli.Commands;
using Clutch.Client;
using Spectre.Console;

namespace Clutch.Cli;

/// <summary>The program from its arguments to its exit code (docs/reference/exit-codes.md).</summary>
internal static class CommandLine
{
    public static async Task<int> RunAsync(string[] arguments, IAnsiConsole console, TextWriter error, CancellationToken cancellationToken)
    {
        var connection = new Connection();
        var parsed = CommandTree.Build(connection, console).Parse(arguments, Words);
        try
        {
            if (parsed.Errors.Count == 0)
                return await parsed.InvokeAsync(Configuration(console, error), cancellationToken);
            foreach (var fault in parsed.Errors)
                await error.WriteLineAsync(fault.Message);
            await error.WriteLineAsync("'clutch --help' shows all commands.");
            return ExitCodes.WrongUsage;
        }
        catch (Exception fault)
        {
            return await ExplainAsync(fault, error, connection.ServerOf(parsed), cancellationToken);
        }
    }

    // A reason may well begin with '@'; nothing here is read from response files.
    private static ParserConfiguration Words => new() { ResponseFileTokenReplacer = null };

    private static InvocationConfiguration Configuration(IAnsiConsole console, TextWriter error) =>
        // Faults are explained here, and Ctrl-C is the caller's.
        new() { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null, Output = console.Profile.Out.Writer, Error = error };

    private static async Task<int> ExplainAsync(Exception fault, TextWriter error, Uri? server, CancellationToken cancellationToken)
    {
        var (message, code) = fault switch
        {
            UsageException => (fault.Message, ExitCodes.WrongUsage),
            ClutchServerException refused => (refused.Message, CodeFor(refused)),
            HttpRequestException => ($"The server at '{server}' cannot be reached: {fault.Message} Is it running, and is the address right?", ExitCodes.ServerUnreachable),
            OperationCanceledException when cancellationToken.IsCancellationRequested => ("Interrupted. What runs in the server goes on.", ExitCodes.Interrupted),
            OperationCanceledException => ($"The server at '{server}' did not answer in time.", ExitCodes.ServerUnreachable),
            _ => (fault.ToString(), ExitCodes.Unexpected),
        };
        await error.WriteLineAsync(message);
        return code;
    }

    private static int CodeFor(ClutchServerException refused) => refused switch
    {
        { Problem.Type: "urn:clutch:problem:already-running" } => ExitCodes.AlreadyRunning,
        { Status: HttpStatusCode.BadRequest or HttpStatusCode.NotFound } => ExitCodes.WrongUsage,
        { Status: HttpStatusCode.ServiceUnavailable } => ExitCodes.ServerUnreachable,
        { Status: >= HttpStatusCode.InternalServerError } => ExitCodes.Unexpected,
        _ => ExitCodes.Refused,
    };
}

/// <summary>The arguments fit no command; the message says what does.</summary>
internal sealed class UsageException(string message) : Exception(message);
