using System.Net;
using System.Security.Cryptography;
using System.Text;
using Clutch.Client.Wire;
using Clutch.Server.Tests.Fixtures;
using Clutch.Server.Tests.Schedules;
using Clutch.Testing;

namespace Clutch.Server.Tests.Alerts;

/// <summary>Alerts on their way to real sinks.</summary>
public abstract class AlertDeliveryTests(StoreKind kind)
{
    [SkippableFact]
    public async Task An_alert_reaches_web_and_mail_once_then_its_recovery_once()
    {
        await using var http = await HttpSink.StartAsync();
        await using var smtp = SmtpSink.Start();
        await using var server = await TestServer.StartAsync(kind, new() { Options = options => AlertNode.AlertTargetsOf(options, http.Address, smtp.Port) });
        var failed = await server.Operator.LaunchAsync("failing");
        var alert = await server.Viewer.AlertAsync(alert => alert.NotifiedAt is not null);
        await server.Viewer.DeliveredAsync(alert.Id, 2);
        await LookOftenAsync(server);
        await RecoverAsync(server, failed.Id);
        await server.Viewer.AlertAsync(alert => alert.State is AlertState.Resolved);
        await server.Viewer.DeliveredAsync(alert.Id, 4);
        await LookOftenAsync(server);

        Assert.Equal([AlertNoticeKind.Fired, AlertNoticeKind.Recovered], http.Requests.Select(request => request.Notice.Kind));
        Assert.Equal(2, smtp.Mails.Count);
        Assert.Equal(4, (await server.Viewer.DeliveriesAsync(alert.Id)).Count);
        AssertSigned(http.Requests.First());
        Assert.Equal(2, http.Requests.Select(request => request.Key).Distinct().Count());
        AssertInOrder(
            smtp.Mails.First(), "[Clutch] Job 'failing' (n=1) failed", "InvalidDataException: The file is torn.", "Since 20", "items written",
            "It is not restarted by itself.", "https://batch.example.com/clutch/executions/", "clutch restart");
        Assert.Contains("Recovered: Job 'failing'", Unfolded(smtp.Mails.Last()), StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task It_still_arrives_once_when_the_sinks_were_down_and_the_process_was_killed_in_between()
    {
        await using var store = await TestStore.CreateAsync(kind);
        await using (await TestServer.StartAsync(store))
        {
            // The schema is there: the process to be killed finds it by its connection alone.
        }

        var (httpPort, smtpPort) = (FreePort.Next(), FreePort.Next());
        await using (var nodes = new NodeProcesses(store.ConnectionString, httpPort, smtpPort, 0))
        {
            nodes.Start();
            await Poll.UntilAsync(() => Task.FromResult(nodes.Output.ToArray()), lines => lines.Any(line => line.EndsWith(AlertNode.Told, StringComparison.Ordinal)));
            nodes.Kill(nodes.Ids[0]);
        }

        await using var server = await TestServer.StartAsync(store, new() { Options = options => AlertNode.AlertTargetsOf(options, new($"http://127.0.0.1:{httpPort}/"), smtpPort) });
        var alert = await server.Viewer.AlertAsync(alert => alert.Rule is AlertRule.Failed);
        var waiting = await Poll.UntilAsync(() => server.Viewer.DeliveriesAsync(alert.Id), list => list.Count == 2);
        Assert.All(waiting, delivery => Assert.Null(delivery.CompletedAt));
        await using var http = await HttpSink.StartAsync(httpPort);
        await using var smtp = SmtpSink.Start(smtpPort);
        await server.Viewer.DeliveredAsync(alert.Id, 2);
        await LookOftenAsync(server);
        await RecoverAsync(server, alert.ExecutionId!.Value);
        await server.Viewer.DeliveredAsync(alert.Id, 4);

        Assert.Equal([AlertNoticeKind.Fired, AlertNoticeKind.Recovered], http.Requests.Select(request => request.Notice).Where(notice => notice.Alerts[0].Rule is AlertRule.Failed).Select(notice => notice.Kind));
        Assert.Equal(2, smtp.Mails.Count(mail => mail.Contains("'failing'", StringComparison.Ordinal)));
    }

    [SkippableFact]
    public async Task Two_servers_on_one_database_alert_once_and_one_takes_over()
    {
        await using var http = await HttpSink.StartAsync();
        await using var store = await TestStore.CreateAsync(kind);
        var settings = new TestServerSettings
        {
            Options = options =>
            {
                options.Alerts.Interval = TimeSpan.FromSeconds(1);
                options.Alerts.Webhooks.Add(new() { Name = "ops", Url = http.Address });
            },
        };
        var first = await TestServer.StartAsync(store, settings);
        await using var second = await TestServer.StartAsync(store, settings);
        var failed = await first.Operator.LaunchAsync("failing");
        var looks = await Task.WhenAll(Enumerable.Range(0, 20).Select(number => (number % 2 == 0 ? first : second).LookAsync()));
        var alert = await first.Viewer.AlertAsync(alert => alert.NotifiedAt is not null);
        await first.Viewer.DeliveredAsync(alert.Id, 1);
        Assert.Contains(true, looks);
        Assert.Contains(false, looks);
        Assert.Single(http.Requests);

        await first.DisposeAsync();
        await RecoverAsync(second, failed.Id);
        await second.Viewer.DeliveredAsync(alert.Id, 2);

        Assert.Equal([AlertNoticeKind.Fired, AlertNoticeKind.Recovered], http.Requests.Select(request => request.Notice.Kind));
    }

    [SkippableFact]
    public async Task A_target_that_answers_with_faults_is_tried_again_and_shows_why()
    {
        await using var http = await HttpSink.StartAsync();
        http.Status = 503;
        await using var server = await TestServer.StartAsync(kind, new() { Options = options => options.Alerts.Chats.Add(new() { Name = "room", Url = new(http.Address, "services/very-secret") }) });
        using var response = await server.Operator.PostAsync("/api/v1/alerts/test", """{"reason":"does it work"}""");
        var test = await response.ReadAsync(WireJson.Default.AlertTestView);
        Task<IReadOnlyList<AlertDeliveryView>> LookAsync() => server.Viewer.GetAsync($"/api/v1/alerts/tests/{test.Id}", WireJson.Default.IReadOnlyListAlertDeliveryView);

        var tried = await Poll.UntilAsync(LookAsync, list => list is [{ Problem: not null }]);
        http.Status = 200;
        await Poll.UntilAsync(LookAsync, list => list is [{ Status: "Synced" }]);

        Assert.Contains("503", tried[0].Problem, StringComparison.Ordinal);
        Assert.DoesNotContain("very-secret", tried[0].Problem, StringComparison.Ordinal);
        Assert.All(http.Requests, request => Assert.Contains("\"text\":\"Test of the target", request.Body, StringComparison.Ordinal));
        Assert.Single(http.Requests.Select(request => request.Key).Distinct());
    }

    [SkippableFact]
    public async Task A_mail_refused_for_one_recipient_goes_to_the_others_once_and_names_that_one()
    {
        await using var smtp = SmtpSink.Start(refused: "bert@example.com");
        await using var server = await TestServer.StartAsync(kind, new()
        {
            Options = options => options.Alerts.Mails.Add(new()
            {
                Name = "people",
                Host = "127.0.0.1",
                Port = smtp.Port,
                UseTls = false,
                From = "clutch@example.com",
                To = { "anna@example.com", "bert@example.com" },
            }),
        });
        using var response = await server.Operator.PostAsync("/api/v1/alerts/test", """{"reason":"does it work"}""");
        var test = await response.ReadAsync(WireJson.Default.AlertTestView);

        var tried = await Poll.UntilAsync(
            () => server.Viewer.GetAsync($"/api/v1/alerts/tests/{test.Id}", WireJson.Default.IReadOnlyListAlertDeliveryView),
            list => list is [{ Status: "Failed" } or { AttemptCount: > 1 }]);

        Assert.Equal("Failed", tried[0].Status);
        Assert.Contains("'bert@example.com'", tried[0].Problem, StringComparison.Ordinal);
        Assert.DoesNotContain("anna", tried[0].Problem, StringComparison.Ordinal);
        Assert.Single(smtp.Mails);
    }

    [SkippableFact]
    public async Task A_message_that_failed_for_good_is_sent_again_when_an_operator_says_so()
    {
        await using var smtp = SmtpSink.Start(refused: "bert@example.com");
        await using var server = await TestServer.StartAsync(kind, new()
        {
            Options = options => options.Alerts.Mails.Add(new()
            {
                Name = "people",
                Host = "127.0.0.1",
                Port = smtp.Port,
                UseTls = false,
                From = "clutch@example.com",
                To = { "anna@example.com", "bert@example.com" },
            }),
        });
        await server.Viewer.EndAsync((await server.Operator.LaunchAsync("failing")).Id);
        var alert = await server.LookUntilAsync(alert => alert.NotifiedAt is not null);
        var path = $"/api/v1/alerts/{alert.Id}/resend";
        await Poll.UntilAsync(() => server.Viewer.DeliveriesAsync(alert.Id), list => list is [{ Status: "Failed" }]);
        using var elsewhere = await server.Operator.PostAsync(path, """{"target":"nobody","reason":"the address is mended"}""");
        await elsewhere.ProblemAsync(HttpStatusCode.Conflict);
        smtp.Refused = null;

        using var resent = await server.Operator.PostAsync(path, """{"target":"people","reason":"the address is mended"}""");
        await resent.ReadAsync(WireJson.Default.AlertDetails);

        await server.Viewer.DeliveredAsync(alert.Id, 1);
        Assert.Equal(2, smtp.Mails.Count);
        var audit = (await server.Viewer.GetAsync("/api/v1/audit?action=alert.resend", WireJson.Default.PageAuditEntryView)).Items;
        Assert.Equal(["the address is mended", "the address is mended"], audit.Select(entry => entry.Reason));
        using var again = await server.Operator.PostAsync(path, """{"reason":"once more"}""");
        await again.ProblemAsync(HttpStatusCode.Conflict);
        using var unknown = await server.Operator.PostAsync("/api/v1/alerts/4711/resend", """{"reason":"once more"}""");
        await unknown.ProblemAsync(HttpStatusCode.NotFound);
    }

    // The lease of a process that died may have some seconds left.
    private static async Task LookOftenAsync(TestServer server)
    {
        await Poll.UntilAsync(() => server.LookAsync(), isOurs => isOurs);
        for (var look = 0; look < 3; look++)
            Assert.True(await server.LookAsync());
    }

    private static async Task RecoverAsync(TestServer server, long failed)
    {
        server.Jobs.Mend();
        using var response = await server.Operator.PostAsync($"/api/v1/executions/{failed}/restart", """{"reason":"the file is mended"}""");
        await server.Viewer.EndAsync((await response.ReadAsync(WireJson.Default.LaunchAnswer)).Execution.Id);
    }

    private static void AssertSigned(HttpSink.Received request) =>
        Assert.Equal($"sha256={Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(AlertNode.Secret), Encoding.UTF8.GetBytes(request.Body)))}", request.Signature);

    private static void AssertInOrder(string mail, params string[] parts)
    {
        var (text, at) = (Unfolded(mail), 0);
        foreach (var part in parts)
        {
            var found = text.IndexOf(part, at, StringComparison.Ordinal);
            Assert.True(found >= 0, $"'{part}' is not there after {at}: {text}");
            at = found + part.Length;
        }
    }

    // Quoted-printable (RFC 2045, 6.7), and headers that go on in the next line.
    private static string Unfolded(string mail) => mail.ReplaceLineEndings("\n").Replace("=\n", string.Empty, StringComparison.Ordinal).Replace("=3D", "=", StringComparison.Ordinal).Replace("\n ", " ", StringComparison.Ordinal);
}

public sealed class SqliteAlertDeliveryTests() : AlertDeliveryTests(StoreKind.Sqlite);

public sealed class PostgreSqlAlertDeliveryTests() : AlertDeliveryTests(StoreKind.PostgreSql);
