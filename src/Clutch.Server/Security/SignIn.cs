using Clutch.Client.Wire;

namespace Clutch.Server.Security;

/// <summary>What came of a sign-in.</summary>
internal abstract record SignInAnswer
{
    private SignInAnswer()
    {
    }

    public sealed record Done(Session Session, string Cookie) : SignInAnswer;

    public sealed record Wrong : SignInAnswer;

    public sealed record TooMany(TimeSpan Wait) : SignInAnswer;
}

/// <summary>Signs people in.</summary>
internal sealed class SignIn(CredentialStore store, Sessions sessions, SignInThrottle throttle)
{
    // Each check keeps a core busy for a moment: a flood of them must leave the other cores alone.
    private readonly SemaphoreSlim _checks = new(2, 2);

    public async Task<SignInAnswer> TryAsync(SignInBody body, string address, CancellationToken cancellationToken)
    {
        if (throttle.WaitFor(body.Name, address) is { Ticks: > 0 } wait)
            return new SignInAnswer.TooMany(wait);
        var user = await store.FindUserAsync(body.Name, cancellationToken);
        if (!await FitsAsync(body.Password, user?.PasswordHash ?? PasswordHash.OfNobody, cancellationToken) || user is null)
        {
            throttle.Failed(body.Name, address);
            return new SignInAnswer.Wrong();
        }

        throttle.Succeeded(body.Name);
        var (session, cookie) = await sessions.OpenAsync(user, cancellationToken);
        return new SignInAnswer.Done(session, cookie);
    }

    private async Task<bool> FitsAsync(string password, string hash, CancellationToken cancellationToken)
    {
        await _checks.WaitAsync(cancellationToken);
        try
        {
            return await Task.Run(() => PasswordHash.Fits(password, hash), cancellationToken);
        }
        finally
        {
            _checks.Release();
        }
    }
}
