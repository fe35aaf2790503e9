using System.Security.Cryptography;
using Clutch.Client.Wire;
using Clutch.Hosting;
using Clutch.Server.Audit;

namespace Clutch.Server.Security;

/// <summary>Keys and people from the command line of the program that hosts the server: whoever may run it has the database anyway.</summary>
internal sealed class CredentialCommands(CredentialStore store, AuditLog audit, TextReader input, TextWriter output, TextWriter error)
{
    private const int MinPasswordLength = 12;

    private const string Help = """
        keys create NAME --role viewer|operator    make an API key; it is shown once
        keys list                                  all keys, without their text
        keys revoke NAME                           end a key
        users add NAME --role viewer|operator      add a person, or give one another role and password; the password is read from standard input
        users list                                 all people
        users remove NAME                          remove a person and end their sessions
        """;

    /// <summary>Whether the arguments are for this.</summary>
    public static bool Takes(string[] arguments) => arguments is ["keys" or "users", ..];

    public async Task<ExitCode> RunAsync(string[] arguments, CancellationToken cancellationToken) => arguments switch
    {
        ["keys", "create", var name, "--role", var role] when RoleOf(role) is { } known && IsName(name) => await CreateKeyAsync(name, known, cancellationToken),
        ["keys", "list"] => await ListKeysAsync(cancellationToken),
        ["keys", "revoke", var name] => await RevokeKeyAsync(name, cancellationToken),
        ["users", "add", var name, "--role", var role] when RoleOf(role) is { } known && IsName(name) => await AddUserAsync(name, known, cancellationToken),
        ["users", "list"] => await ListUsersAsync(cancellationToken),
        ["users", "remove", var name] => await RemoveUserAsync(name, cancellationToken),
        _ => await ShowHelpAsync(),
    };

    private static Role? RoleOf(string text) => Enum.TryParse<Role>(text, ignoreCase: true, out var role) && Enum.IsDefined(role) ? role : null;

    private static bool IsName(string name) => name.Length is > 0 and <= 100 && name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '-' or '_' or '@');

    private async Task<ExitCode> CreateKeyAsync(string name, Role role, CancellationToken cancellationToken)
    {
        var (key, text) = Credentials.CreateKey(name, role);
        await using var entry = await OpenAsync("key.create", $"key:{name}", cancellationToken);
        if (!await store.AddKeyAsync(key, cancellationToken))
            return await RefuseAsync(entry, $"There is, or was, a key '{name}'. The audit log knows keys by their names: choose another.");
        entry.Done($"\"{role}\"");
        await output.WriteLineAsync(text);
        return ExitCode.Completed;
    }

    private async Task<ExitCode> ListKeysAsync(CancellationToken cancellationToken)
    {
        foreach (var key in await store.ListKeysAsync(cancellationToken))
            await output.WriteLineAsync($"{key.Name}  {key.Role}  {(key.RevokedAt is { } at ? $"revoked {at:u}" : "valid")}");
        return ExitCode.Completed;
    }

    private async Task<ExitCode> RevokeKeyAsync(string name, CancellationToken cancellationToken)
    {
        await using var entry = await OpenAsync("key.revoke", $"key:{name}", cancellationToken);
        if (!await store.RevokeKeyAsync(name, cancellationToken))
            return await RefuseAsync(entry, $"There is no valid key '{name}'. 'keys list' shows them.");
        entry.Done();
        await output.WriteLineAsync($"Key '{name}' is revoked; within {Credentials.Freshness.TotalSeconds:0} s it opens nothing.");
        return ExitCode.Completed;
    }

    private async Task<ExitCode> AddUserAsync(string name, Role role, CancellationToken cancellationToken)
    {
        await error.WriteLineAsync($"Password of '{name}' (at least {MinPasswordLength} characters, one line):");
        var password = await input.ReadLineAsync(cancellationToken) ?? string.Empty;
        if (password.Length is < MinPasswordLength or > 200)
            return await RefuseAsync($"The password has {password.Length} characters. Take {MinPasswordLength} to 200; '{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(12))}' would do.");
        await using var entry = await OpenAsync("user.put", $"user:{name}", cancellationToken);
        await store.PutUserAsync(new(name, role, PasswordHash.Create(password)), cancellationToken);
        entry.Done($"\"{role}\"");
        await output.WriteLineAsync($"'{name}' may sign in as {role}.");
        return ExitCode.Completed;
    }

    private async Task<ExitCode> ListUsersAsync(CancellationToken cancellationToken)
    {
        foreach (var user in await store.ListUsersAsync(cancellationToken))
            await output.WriteLineAsync($"{user.Name}  {user.Role}");
        return ExitCode.Completed;
    }

    private async Task<ExitCode> RemoveUserAsync(string name, CancellationToken cancellationToken)
    {
        await using var entry = await OpenAsync("user.remove", $"user:{name}", cancellationToken);
        if (!await store.DeleteUserAsync(name, cancellationToken))
            return await RefuseAsync(entry, $"There is no person '{name}'. 'users list' shows them.");
        entry.Done();
        await output.WriteLineAsync($"'{name}' is removed and signed out.");
        return ExitCode.Completed;
    }

    private Task<AuditEntry> OpenAsync(string action, string target, CancellationToken cancellationToken) =>
        AuditEntry.OpenAsync(audit, new($"cli:{Environment.UserName}", action, target), cancellationToken);

    private Task<ExitCode> RefuseAsync(AuditEntry entry, string why)
    {
        entry.Refused();
        return RefuseAsync(why);
    }

    private async Task<ExitCode> RefuseAsync(string why)
    {
        await error.WriteLineAsync(why);
        return ExitCode.Refused;
    }

    private async Task<ExitCode> ShowHelpAsync()
    {
        await error.WriteLineAsync(Help);
        return ExitCode.WrongUsage;
    }
}
