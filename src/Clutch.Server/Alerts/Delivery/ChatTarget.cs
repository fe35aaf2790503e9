using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Serialization;
using Clutch.Client.Wire;
using Clutch.Executions;
using Clutch.Outbox.Submitting;

namespace Clutch.Server.Alerts.Delivery;

/// <summary>A chat room with a webhook in the manner of Slack: a JSON object with <c>text</c>.</summary>
internal sealed class ChatTarget(ChatOptions options, HttpClient http) : IAlertTarget
{
    // Discord takes no more; the others take more than anybody reads.
    private const int MaxLength = 2_000;

    public string Name => options.Name;

    public string Kind => "slack";

    public async ValueTask<SubmitResult> SendAsync(SubmissionItem message, string key, CancellationToken cancellationToken)
    {
        var notice = JsonSerializer.Deserialize(message.Body.Span, WireJson.Default.AlertNotice)!;
        var body = new ChatMessage(TextOf(notice));
        using var request = new HttpRequestMessage(HttpMethod.Post, options.Url) { Content = JsonContent.Create(body, ChatJson.Default.ChatMessage) };
        request.Headers.TryAddWithoutValidation("Idempotency-Key", key);
        return await HttpAnswers.SendAsync(http, request, message.ItemId, cancellationToken);
    }

    // As many alerts as fit; the first in any case, as far as it does.
    private static string TextOf(AlertNotice notice)
    {
        for (var shown = notice.Alerts.Count; shown > 1; shown--)
        {
            var text = Escape(AlertNotices.TextOf(notice with { Alerts = [.. notice.Alerts.Take(shown)] }));
            if (text.Length <= MaxLength)
                return text;
        }

        return Cut(AlertNotices.TextOf(notice with { Alerts = [.. notice.Alerts.Take(1)] }));
    }

    private static string Cut(string text)
    {
        // Cut before it is escaped: half of an '&amp;' would be none.
        var length = Math.Max(2, Math.Min(text.Length, MaxLength));
        while (Escape(CleanText.Of(text, length)).Length > MaxLength)
            length--;
        return Escape(CleanText.Of(text, length));
    }

    // Slack, "Formatting text for app surfaces": these three are control characters; unescaped, '<!channel>' in an error's text would call everybody.
    private static string Escape(string text) => text.Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal).Replace(">", "&gt;", StringComparison.Ordinal);
}

internal sealed record ChatMessage(string Text);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(ChatMessage))]
internal sealed partial class ChatJson : JsonSerializerContext;
