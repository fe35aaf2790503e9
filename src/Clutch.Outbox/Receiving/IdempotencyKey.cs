namespace Clutch.Outbox.Receiving;

/// <summary>The key of the request at hand, with what it stands for; <c>RequireIdempotencyKey</c> puts it among the request's features.</summary>
/// <param name="Scope">Caller and endpoint: the same key of another caller, or to another endpoint, is another key.</param>
/// <param name="Key">The key as the caller gave it, without quotes.</param>
/// <param name="Fingerprint">SHA-256 of the body, in hexadecimal.</param>
/// <param name="Window">How long it is kept.</param>
public sealed record IdempotencyKey(string Scope, string Key, string Fingerprint, TimeSpan Window);
