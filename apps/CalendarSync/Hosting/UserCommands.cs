using CalendarSync.Accounts;
using CalendarSync.Api;

namespace CalendarSync.Hosting;

/// <summary>Users from the command line: how the first one comes to be, and how somebody who lost a token gets in again.</summary>
internal sealed class UserCommands(UserStore users, TextWriter output)
{
    public const string Usage = """
        CalendarSync user add NAME [TIMEZONE] [--admin]   adds a user and prints a token, once
        CalendarSync user token NAME                      prints a further token
        CalendarSync user remove NAME                     ends an account, with all its data
        """;

    /// <summary>Runs a command; answers the exit code.</summary>
    public Task<int> RunAsync(IReadOnlyList<string> words, CancellationToken cancellationToken)
    {
        var isAdmin = words.Contains("--admin", StringComparer.Ordinal);
        string[] plain = [.. words.Where(word => word != "--admin")];
        return plain switch
        {
            ["add", var name] => AddAsync(name, "UTC", isAdmin, cancellationToken),
            ["add", var name, var zone] => AddAsync(name, zone, isAdmin, cancellationToken),
            ["token", var name] => GiveTokenAsync(name, cancellationToken),
            ["remove", var name] => RemoveAsync(name, cancellationToken),
            _ => FailAsync($"Say one of:\n{Usage}"),
        };
    }

    private async Task<int> AddAsync(string given, string givenZone, bool isAdmin, CancellationToken cancellationToken)
    {
        var errors = UserEndpoints.Check(new(given, givenZone, isAdmin), out var name, out var zone);
        if (!errors.IsEmpty)
            return await FailAsync(string.Join('\n', errors.ToDictionary().SelectMany(field => field.Value)));
        if (await users.CreateAsync(name, zone, isAdmin, cancellationToken) is not { } user)
            return await FailAsync($"There is a user '{name}' already. 'user token {name}' gives a further token.");
        return await PrintTokenAsync(user, cancellationToken);
    }

    private async Task<int> GiveTokenAsync(string name, CancellationToken cancellationToken) =>
        await users.FindByNameAsync(name, cancellationToken) is { } user ? await PrintTokenAsync(user, cancellationToken) : await FailAsync($"There is no user '{name}'.");

    private async Task<int> RemoveAsync(string name, CancellationToken cancellationToken)
    {
        if (await users.FindByNameAsync(name, cancellationToken) is not { } user || !await users.DeleteAsync(user.Id, cancellationToken))
            return await FailAsync($"There is no user '{name}'.");
        await output.WriteLineAsync($"Removed '{name}' with all events, subscriptions and export feeds.");
        return 0;
    }

    private async Task<int> PrintTokenAsync(User user, CancellationToken cancellationToken)
    {
        var token = await users.AddTokenAsync(user.Id, "command line", cancellationToken);
        await output.WriteLineAsync(token.Text);
        return 0;
    }

    private async Task<int> FailAsync(string problem)
    {
        await output.WriteLineAsync(problem);
        return 2;
    }
}
