using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using Clutch.Outbox.Submitting;

namespace Clutch.Server.Alerts.Delivery;

/// <summary>A program that gets the message as JSON, byte for byte as it was stored, signed.</summary>
internal sealed class WebhookTarget(WebhookOptions options, HttpClient http) : IAlertTarget
{
    private const string SignatureHeader = "Clutch-Signature";
    private const string KeyHeader = "Idempotency-Key";

    public string Name => options.Name;

    public string Kind => "webhook";

    public async ValueTask<SubmitResult> SendAsync(SubmissionItem message, string key, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, options.Url) { Content = new ReadOnlyMemoryContent(message.Body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.TryAddWithoutValidation(KeyHeader, key);
        if (options.Secret is { } secret)
            request.Headers.TryAddWithoutValidation(SignatureHeader, $"sha256={Signature(secret, message.Body.Span)}");
        return await HttpAnswers.SendAsync(http, request, message.ItemId, cancellationToken);
    }

    private static string Signature(string secret, ReadOnlySpan<byte> body) => Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), body));
}
