using System.Net;
using System.Text;
using Clutch.Client.Wire;
using Clutch.Scheduling;
using Clutch.Server.Tests.Fixtures;
using Microsoft.Extensions.DependencyInjection;

namespace Clutch.Server.Tests.Api;

/// <summary>What the endpoints make of a scheduler's answers, and what the audit log keeps of it.</summary>
public sealed class ScheduleEndpointTests
{
    [Fact]
    public async Task A_schedule_is_created_edited_paused_and_each_change_is_in_the_audit_log()
    {
        await using var server = await StartAsync();

        using var created = await server.Operator.PostAsync("/api/v1/schedules", """{"name":"nightly","job":"quick","cron":"0 2 * * *"}""");
        var schedule = await created.ReadAsync(WireJson.Default.ScheduleView);
        using var twice = await server.Operator.PostAsync("/api/v1/schedules", """{"name":"nightly","job":"quick","everySeconds":60}""");
        using var edited = await PutAsync(server, "nightly", """{"name":"nightly","job":"quick","everySeconds":60,"revision":1,"reason":"more often"}""");
        using var stale = await PutAsync(server, "nightly", """{"name":"nightly","job":"quick","everySeconds":90,"revision":1}""");
        using var paused = await server.Operator.PostAsync("/api/v1/schedules/nightly/pause", """{"reason":"maintenance"}""");
        using var reverted = await server.Operator.PostAsync("/api/v1/schedules/nightly/revert", """{"reason":"as it was"}""");

        Assert.Equal(HttpStatusCode.Created, created.StatusCode);
        Assert.Equal(("0 2 * * *", "UTC", 60.0), (schedule.Definition.Cron, schedule.Definition.TimeZone, schedule.Definition.MisfireThresholdSeconds));
        Assert.Equal("urn:clutch:problem:exists", (await twice.ProblemAsync(HttpStatusCode.Conflict)).Type);
        Assert.Equal(60, (await edited.ReadAsync(WireJson.Default.ScheduleView)).Definition.EverySeconds);
        Assert.Contains("edited by 'key:tests-operator'", (await stale.ProblemAsync(HttpStatusCode.Conflict)).Detail, StringComparison.Ordinal);
        Assert.Equal(("Paused", "maintenance"), ((await paused.ReadAsync(WireJson.Default.ScheduleView)).State, "maintenance"));
        Assert.Equal("urn:clutch:problem:not-possible", (await reverted.ProblemAsync(HttpStatusCode.Conflict)).Type);
        var audit = await server.Viewer.GetAsync("/api/v1/audit?target=schedule:nightly", WireJson.Default.PageAuditEntryView);
        Assert.Equal(
            [("schedule.revert", AuditOutcome.Refused), ("schedule.pause", AuditOutcome.Done), ("schedule.edit", AuditOutcome.Refused), ("schedule.edit", AuditOutcome.Done), ("schedule.create", AuditOutcome.Refused), ("schedule.create", AuditOutcome.Done)],
            audit.Items.Select(entry => (entry.Action, entry.Outcome)));
        Assert.Contains("0 2 * * *", audit.Items[3].Before, StringComparison.Ordinal);
        Assert.Contains("60", audit.Items[3].After, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_definition_that_does_not_fit_is_refused_with_its_faults()
    {
        await using var server = await StartAsync();

        using var both = await server.Operator.PostAsync("/api/v1/schedules", """{"name":"x","job":"quick","cron":"0 2 * * *","everySeconds":60}""");
        using var name = await server.Operator.PostAsync("/api/v1/schedules", """{"name":"no blanks","job":"quick","everySeconds":60}""");
        using var zone = await server.Viewer.PostAsync("/api/v1/schedules/preview", """{"name":"x","job":"quick","everySeconds":60,"timeZone":"Nowhere"}""");

        Assert.Contains("cron", (await both.ProblemAsync(HttpStatusCode.BadRequest)).Errors!.Keys);
        await name.ProblemAsync(HttpStatusCode.BadRequest);
        Assert.Contains("There is no zone 'Nowhere'.", (await zone.ProblemAsync(HttpStatusCode.BadRequest)).Errors!["definition"]);
    }

    [Fact]
    public async Task A_parameter_that_is_null_is_absent()
    {
        await using var server = await StartAsync();
        const string body = """{"name":"nightly","job":"quick","cron":"0 2 * * *","parameters":{"rows":null,"date":"{scheduled:yyyy-MM-dd}"}}""";

        using var created = await server.Operator.PostAsync("/api/v1/schedules", body);

        Assert.Equal(["date"], (await created.ReadAsync(WireJson.Default.ScheduleView)).Definition.Parameters.Keys);
    }

    private static Task<TestServer> StartAsync() => TestServer.StartAsync(StoreKind.Sqlite, new() { Services = services => services.AddSingleton<ISchedules, NoSchedules>() });

    private static Task<HttpResponseMessage> PutAsync(TestServer server, string name, string body) =>
        server.Operator.PutAsync(new Uri($"/api/v1/schedules/{name}", UriKind.Relative), new StringContent(body, Encoding.UTF8, "application/json"));
}
