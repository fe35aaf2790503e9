using System.CommandLine;
using Clutch.Client;

namespace Clutch.Cli;

/// <summary>The options that every command has, and the client they make.</summary>
internal sealed class Connection
{
    private const string ServerVariable = "CLUTCH_SERVER";
    private const string KeyVariable = "CLUTCH_API_KEY";

    public Option<string> Server { get; } = new("--server")
    {
        Description = $"The server's address; the variable {ServerVariable} by default, else http://127.0.0.1:5000",
        Recursive = true,
        HelpName = "URL",
        DefaultValueFactory = _ => Environment.GetEnvironmentVariable(ServerVariable) ?? "http://127.0.0.1:5000",
    };

    public Option<string?> ApiKey { get; } = new("--api-key")
    {
        Description = $"The API key; better in the variable {KeyVariable}, for a command line is seen by others",
        Recursive = true,
        HelpName = "KEY",
    };

    public Option<bool> Json { get; } = new("--json") { Description = "One JSON document a line, for programs", Recursive = true };

    /// <exception cref="UsageException">The address is not one.</exception>
    public ClutchClient Open(ParseResult parsed) => new(
        ServerOf(parsed) ?? throw new UsageException($"'{parsed.GetValue(Server)}' is not an address. Write it as http://127.0.0.1:5000."),
        parsed.GetValue(ApiKey) ?? Environment.GetEnvironmentVariable(KeyVariable));

    public Uri? ServerOf(ParseResult parsed) =>
        Uri.TryCreate(parsed.GetValue(Server), UriKind.Absolute, out var server) && (server.Scheme is "http" or "https") ? server : null;
}
