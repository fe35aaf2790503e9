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
        if (await RefuseAsync(body, address, user, cancellationToken) is { } refusal)
            return refusal;
        throttle.Succeeded(body.Name, address);
        var (session, cookie) = await sessions.OpenAsync(user!, cancellationToken);
        return new SignInAnswer.Done(session, cookie);
    }

    /// <summary>Checks the password when its turn has come; null where it fits.</summary>
    private async Task<SignInAnswer?> RefuseAsync(SignInBody body, string address, User? user, CancellationToken cancellationToken)
    {
        await _checks.WaitAsync(cancellationToken);
        try
        {
            // Asked again: of those that came past the throttle together, some have failed by now.
            if (throttle.WaitFor(body.Name, address) is { Ticks: > 0 } wait)
                return new SignInAnswer.TooMany(wait);
            var hash = user?.PasswordHash ?? PasswordHash.OfNobody;
            if (await Task.Run(() => PasswordHash.Fits(body.Password, hash), cancellationToken) && user is not null)
                return null;
            throttle.Failed(body.Name, address);
            return new SignInAnswer.Wrong();
        }
        finally
        {
            _checks.Release();
        }
    }
}
