using System.CommandLine;
using Clutch.Cli.Output;
using Spectre.Console;

namespace Clutch.Cli.Commands;

/// <summary>All commands.</summary>
internal static class CommandTree
{
    public static RootCommand Build(Connection connection, IAnsiConsole console)
    {
        var root = new RootCommand("Launch, watch, stop and restart batch jobs on a Clutch server.") { connection.Server, connection.ApiKey, connection.Json };
        var context = new CommandContext(connection, console);
        ExecutionCommands.Add(root, context);
        DeadLetterCommands.Add(root, context);
        ScheduleCommands.Add(root, context);
        OutboxCommands.Add(root, context);
        AlertCommands.Add(root, context);
        ServerCommands.Add(root, context);
        return root;
    }
}

/// <summary>What commands share.</summary>
internal sealed class CommandContext(Connection connection, IAnsiConsole console)
{
    /// <summary>A command that talks to the server and answers an exit code.</summary>
    public Command Create(string name, string description, IEnumerable<Symbol> inputs, Func<ParseResult, Client.ClutchClient, IOutput, CancellationToken, Task<int>> run)
    {
        var command = new Command(name, description);
        foreach (var input in inputs)
        {
            if (input is Argument argument)
                command.Add(argument);
            else
                command.Add((Option)input);
        }

        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = connection.Open(parsed);
            IOutput output = parsed.GetValue(connection.Json) ? new JsonLines(console.Profile.Out.Writer) : new Tables(console);
            return await run(parsed, client, output, cancellationToken);
        });
        return command;
    }
}
