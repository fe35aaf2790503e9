using System.Text.Json;
using Clutch.Client.Wire;
using Clutch.Server.Alerts;
using Clutch.Server.Alerts.Delivery;

namespace Clutch.Server.Tests.Alerts;

/// <summary>What a chat room gets to read.</summary>
public sealed class ChatTargetTests
{
    private const int Limit = 2_000;

    [Fact]
    public async Task A_burst_is_cut_between_alerts_and_says_how_many_are_left_out()
    {
        var text = await SendAsync(Enumerable.Range(1, 20).Select(number => Alert(number, $"Number {number} failed: {new string('x', 500)}")));

        Assert.InRange(text.Length, Limit / 2, Limit);
        Assert.Contains("Number 3 failed", text, StringComparison.Ordinal);
        Assert.DoesNotContain("Number 4 failed", text, StringComparison.Ordinal);
        Assert.EndsWith("... and 17 more.", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_alert_that_is_too_long_by_itself_is_cut_and_told()
    {
        var text = await SendAsync([Alert(1, $"It failed: {new string('&', 300)}{new string('x', 300)}")]);

        Assert.InRange(text.Length, Limit / 2, Limit);
        Assert.StartsWith("It failed: &amp;&amp;", text, StringComparison.Ordinal);
        Assert.EndsWith("…", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_fits_is_told_whole()
    {
        var text = await SendAsync([Alert(1, "One failed."), Alert(2, "Two <failed>.")]);

        Assert.Contains("One failed.", text, StringComparison.Ordinal);
        Assert.EndsWith("Two &lt;failed&gt;.\nSince 2026-11-29 00:00:00 UTC.", text, StringComparison.Ordinal);
    }

    private static async Task<string> SendAsync(IEnumerable<LiveAlert> alerts)
    {
        await using var sink = await HttpSink.StartAsync();
        using var http = new HttpClient();
        var notice = AlertNotices.Of(AlertNoticeKind.Fired, [.. alerts], DateTimeOffset.UnixEpoch, publicUrl: null);
        var message = JsonSerializer.SerializeToUtf8Bytes(notice, WireJson.Default.AlertNotice);
        await new ChatTarget(new() { Name = "room", Url = sink.Address }, http).SendAsync(new() { MessageId = 1, Key = "alert-1", Version = 1, Type = "Fired", Body = message }, "key", CancellationToken.None);
        using var body = JsonDocument.Parse(Assert.Single(sink.Requests).Body);
        return body.RootElement.GetProperty("text").GetString()!;
    }

    private static LiveAlert Alert(long id, string what)
    {
        var finding = new AlertFinding
        {
            Rule = AlertRule.Failed,
            Severity = AlertSeverity.Critical,
            Key = "key",
            Job = "import",
            Subject = "no parameters",
            What = what,
            Since = new(2026, 11, 29, 0, 0, 0, TimeSpan.Zero),
        };
        return new() { Id = id, Fingerprint = finding.Fingerprint, State = AlertState.Open, OpenedAt = finding.Since, Finding = finding };
    }
}
