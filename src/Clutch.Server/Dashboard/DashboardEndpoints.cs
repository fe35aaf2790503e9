using Clutch.Client.Wire;
using Clutch.Server.Dashboard.Layout;
using Clutch.Server.Dashboard.Pages;
using Clutch.Server.Security;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Clutch.Server.Dashboard;

/// <summary>The pages. They only show; what changes something goes through the public API.</summary>
internal static class DashboardEndpoints
{
    public static void Map(IEndpointRouteBuilder root)
    {
        StaticFiles.Map(root);
        Preferences.Map(root);
        root.MapGet("/sign-in", (string? back) => Show<SignInPage>(new() { [nameof(SignInPage.Back)] = Preferences.IsOwnPath(back) ? back : "/" })).AllowAnonymous().ExcludeFromDescription()
            .WithMetadata(new PageMark()).Add(Reader.Recognise);

        var pages = root.MapGroup(string.Empty).ExcludeFromDescription().WithMetadata(new PageMark())
            .AddEndpointFilter<SignInRequired>().AddEndpointFilter<FaultPage>().AddEndpointFilter<UsableAddress>();
        ((IEndpointConventionBuilder)pages).Add(Reader.Recognise);
        pages.MapGet("/", async (PageModels models, SharedModels shared, ServerCookies cookies, PageContext page, HttpContext context) =>
            Show<OverviewPage>(new() { [nameof(OverviewPage.Model)] = (await shared.GetAsync(context, models.OverviewAsync)).After(await Preferences.SeenByAsync(context, cookies), page.Now) }));
        pages.MapGet("/jobs", async (PageModels models, SharedModels shared, HttpContext context) =>
            Show<JobsPage>(new() { [nameof(JobsPage.Jobs)] = await shared.GetAsync(context, models.JobsAsync) }));
        pages.MapGet("/jobs/{name}", async (string name, PageModels models, SharedModels shared, HttpContext context, PageContext page) =>
            await shared.GetAsync(context, token => models.JobAsync(name, token)) is { } model ? Show<JobPage>(new() { [nameof(JobPage.Model)] = model }) : NotFound(page));
        pages.MapGet("/executions", async (string? job, string? status, long? instance, long? before, PageModels models, SharedModels shared, HttpContext context) =>
            Show<ExecutionsPage>(new()
            {
                [nameof(ExecutionsPage.Model)] = await shared.GetAsync(context, token => models.ExecutionsAsync(NullIfEmpty(job), StatusOf(status), instance, before, token)),
            }));
        pages.MapGet("/executions/{id:long}", async (long id, PageModels models, PageContext page, CancellationToken cancellationToken) =>
            await models.ExecutionAsync(id, cancellationToken) is { } model ? Show<ExecutionPage>(new() { [nameof(ExecutionPage.Model)] = model }) : NotFound(page));
        pages.MapGet("/executions/{id:long}/steps/{step}", async (long id, string step, string? status, long? after, PageModels models, PageContext page, CancellationToken cancellationToken) =>
            await models.StepAsync(id, step, StatusOf(status), after ?? 0, cancellationToken) is { } model ? Show<StepPage>(new() { [nameof(StepPage.Model)] = model }) : NotFound(page));
        pages.MapGet("/dead-letters", async (string? job, string? step, long? execution, long? after, PageModels models, PageContext page, CancellationToken cancellationToken) =>
            await models.DeadLettersAsync(NullIfEmpty(job), NullIfEmpty(step), execution, after ?? 0, cancellationToken) is { } model
                ? Show<DeadLettersPage>(new() { [nameof(DeadLettersPage.Model)] = model })
                : NotFound(page));
        pages.MapGet("/dead-letters/{id:long}", async (long id, PageModels models, PageContext page, CancellationToken cancellationToken) =>
            await models.DeadLetterAsync(id, cancellationToken) is var (letter, latest)
                ? Show<DeadLetterPage>(new() { [nameof(DeadLetterPage.Letter)] = letter, [nameof(DeadLetterPage.ExecutionId)] = latest })
                : NotFound(page));
        pages.MapGet("/schedules", async (PageModels models, CancellationToken cancellationToken) =>
            Show<SchedulesPage>(new()
            {
                [nameof(SchedulesPage.Schedules)] = await models.SchedulesAsync(cancellationToken),
                [nameof(SchedulesPage.Jobs)] = models.JobNames,
                [nameof(SchedulesPage.IsThere)] = models.HasSchedules,
            }));
        pages.MapGet("/schedules/{name}", async (string name, PageModels models, PageContext page, CancellationToken cancellationToken) =>
            await models.ScheduleAsync(name, cancellationToken) is { } model ? Show<SchedulePage>(new() { [nameof(SchedulePage.Model)] = model }) : NotFound(page));
        pages.MapGet("/outbox", async (PageModels models, CancellationToken cancellationToken) => Show<OutboxPage>(new() { [nameof(OutboxPage.Channels)] = await models.OutboxAsync(cancellationToken) }));
        pages.MapGet("/nodes", async (PageModels models, CancellationToken cancellationToken) => Show<NodesPage>(new() { [nameof(NodesPage.Nodes)] = await models.NodesAsync(cancellationToken) }));
        pages.MapGet("/alerts", async (string? state, long? before, string? test, PageModels models, CancellationToken cancellationToken) =>
            Show<AlertsPage>(new() { [nameof(AlertsPage.Model)] = await models.AlertsAsync(AlertStateOf(state), before, NullIfEmpty(test), cancellationToken) }));
        pages.MapGet("/alerts/{id:long}", async (long id, PageModels models, PageContext page, CancellationToken cancellationToken) =>
            await models.AlertAsync(id, cancellationToken) is { } details ? Show<AlertPage>(new() { [nameof(AlertPage.Details)] = details }) : NotFound(page));
        pages.MapGet("/audit", async (long? before, PageModels models, CancellationToken cancellationToken) =>
            Show<AuditPage>(new() { [nameof(AuditPage.Entries)] = await models.AuditAsync(before, cancellationToken) }));
    }

    public static IServiceCollection AddDashboard(this IServiceCollection services)
    {
        services.AddRazorComponents();
        services.AddHttpContextAccessor();
        services.AddSingleton<PageModels>();
        services.AddSingleton<SharedModels>();
        services.AddScoped(provider => PageContexts.Of(provider.GetRequiredService<IHttpContextAccessor>().HttpContext!, provider));
        return services;
    }

    public static RazorComponentResult Show<TPage>(Dictionary<string, object?> parameters, int statusCode = StatusCodes.Status200OK)
        where TPage : IComponent => new(typeof(TPage), parameters) { StatusCode = statusCode, PreventStreamingRendering = true };

    public static RazorComponentResult NotFound(PageContext page) => Show<MessagePage>(
        new()
        {
            [nameof(MessagePage.Title)] = page.Text["notFound.title"],
            [nameof(MessagePage.Message)] = page.Text["notFound.text"],
            [nameof(MessagePage.Path)] = "/",
            [nameof(MessagePage.Action)] = page.Text["notFound.back"],
        },
        StatusCodes.Status404NotFound);

    private static string? NullIfEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;

    private static AlertState? AlertStateOf(string? text) => Enum.TryParse<AlertState>(text, ignoreCase: true, out var state) && Enum.IsDefined(state) ? state : null;

    private static ExecutionStatus? StatusOf(string? text) => Enum.TryParse<ExecutionStatus>(text, ignoreCase: true, out var status) && Enum.IsDefined(status) ? status : null;
}
