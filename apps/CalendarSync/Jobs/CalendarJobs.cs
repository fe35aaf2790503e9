using CalendarSync.Exports;
using CalendarSync.Subscriptions;
using Clutch.Executions;
using Clutch.Items;
using Clutch.Jobs;
using Clutch.Relational;
using Clutch.Relational.Reading;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace CalendarSync.Jobs;

/// <summary>The batch jobs of the calendar service.</summary>
internal static class CalendarJobs
{
    /// <summary>Imports the feeds that are due.</summary>
    public const string Import = "import";

    /// <summary>Imports the feeds that somebody waits for while an import is under way that began too early to see them.</summary>
    public const string ImportNow = "import-now";

    /// <summary>Renders the export feeds whose users' events changed.</summary>
    public const string Export = "export";

    /// <summary>Up to when what is due counts: the parameter that tells one run from the next.</summary>
    public const string AsOf = "asOf";

    /// <summary>Up to when the import under way counts what is due: what became due later is left to <see cref="ImportNow"/>.</summary>
    public const string After = "after";

    private const string IsWantedLate = $"{DueFeed.IsWanted} AND next_due_at > @after";

    private const int ExportChunkSize = 100;
    private const int BadExportLimit = 1_000;

    /// <summary>The jobs and what they need, with their options at <c>Calendar:Import</c>. They run when launched; a schedule or <see cref="JobTicker"/> does that.</summary>
    public static IServiceCollection AddCalendarJobs(this IServiceCollection services, IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        var options = configuration.GetSection("Calendar:Import").Get<ImportOptions>() ?? new();
        services.AddCalendarFeeds();
        services.AddOptions<ImportOptions>().BindConfiguration("Calendar:Import").ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<ImportOptions>, ImportOptionsValidator>());
        services.TryAddSingleton<FeedPolicy>();
        services.TryAddSingleton<FeedCheck>();
        services.TryAddSingleton<HostMemory>();
        services.TryAddSingleton<ImportPace>();
        services.TryAddSingleton<FeedCheckProcessor>();
        services.TryAddSingleton<FeedSyncWriter>();
        services.TryAddSingleton<ExportProcessor>();
        services.TryAddSingleton<ExportWriter>();
        services.TryAddSingleton<IFirstLook, FeedFirstLook>();
        return services.AddClutch(clutch => clutch
            .AddJob(Import, job => BuildImport(job, options))
            .AddJob(ImportNow, job => BuildImportNow(job, options))
            .AddJob(Export, BuildExport));
    }

    private static void BuildImport(JobBuilder job, ImportOptions options) => job
        .Describe("Fetches the external calendars that are due and stores what changed in them.")
        .Parameter<DateTimeOffset>(AsOf, parameter => parameter.Describe("Feeds due until then are fetched."))
        .RestartAutomatically()
        .Listener(services => services.GetRequiredService<HostMemory>())
        .Step("wanted", step => ImportFeeds(step, options, DueFeed.IsWanted))
        .Step("feeds", step => ImportFeeds(step, options, condition: null));

    private static void BuildImportNow(JobBuilder job, ImportOptions options) => job
        .Describe("Fetches the external calendars that somebody waits for while an import is under way.")
        .Parameter<DateTimeOffset>(AsOf, parameter => parameter.Describe("Feeds due until then are fetched."))
        .Parameter<DateTimeOffset>(After, parameter => parameter.Describe("Feeds due until then are left to the import under way."))
        .RestartAutomatically()
        .Listener(services => services.GetRequiredService<HostMemory>())
        .Step("wanted", step => ImportFeeds(step, options, IsWantedLate));

    private static ChunkStepBuilder<DueFeed, FeedSync> ImportFeeds(StepBuilder step, ImportOptions options, string? condition) => step
        .Read(context => ReadDueFeeds(context, condition))
        .ProcessWith(context => context.Services.GetRequiredService<FeedCheckProcessor>())
        .Write(context => context.Services.GetRequiredService<FeedSyncWriter>())
        .ChunkSize(options.ChunkSize)
        .Concurrency(options.Concurrency)
        .Retry(3)
        .Transient<RefusedDataException>();

    private static void BuildExport(JobBuilder job) => job
        .Describe("Renders the calendars that others subscribe to, where a user's events changed.")
        .Parameter<DateTimeOffset>(AsOf, parameter => parameter.Describe("Tells one run from the next."))
        .RestartAutomatically()
        .Step("render", step => step
            .Read(ReadDirtyExports)
            .ProcessWith(context => context.Services.GetRequiredService<ExportProcessor>())
            .Write(context => context.Services.GetRequiredService<ExportWriter>())
            .ChunkSize(ExportChunkSize)
            .Retry(3)
            .Skip<ExportRenderingException>(BadExportLimit));

    private static IItemReader<DueFeed> ReadDueFeeds(StepContext step, string? condition)
    {
        var database = step.Services.GetRequiredService<RelationalDatabase>();
        return step.Services.KeysetReader(new KeysetQuery<DueFeed>
        {
            From = "calendar_feed",
            Columns = DueFeed.Columns,
            Key = ["next_due_at", "id"],
            Where = $"next_due_at <= @as_of AND {DueFeed.HasReaders}{(condition is null ? null : $" AND {condition}")}",
            Parameters = BoundsOf(step.Parameters),
            Map = row => DueFeed.Read(row, database),
            PageSize = 1_000,
            Prefetch = 1,
        });
    }

    private static Dictionary<string, object?> BoundsOf(JobParameters parameters)
    {
        var bounds = new Dictionary<string, object?>(StringComparer.Ordinal) { ["as_of"] = parameters.Get<DateTimeOffset>(AsOf) };
        if (parameters.All.ContainsKey(After)) bounds["after"] = parameters.Get<DateTimeOffset>(After);
        return bounds;
    }

    private static IItemReader<DirtyExport> ReadDirtyExports(StepContext step) => step.Services.KeysetReader(new KeysetQuery<DirtyExport>
    {
        From = "calendar_export_feed",
        Columns = ["id", "user_id", "label", "wanted_version"],
        Key = ["id"],
        Where = ExportStore.IsDue,
        Parameters = new Dictionary<string, object?>(StringComparer.Ordinal) { ["before"] = step.Parameters.Get<DateTimeOffset>(AsOf) - ExportStore.FailurePause },
        Map = ExportStore.ReadDirty,
        PageSize = 1_000,
        Prefetch = 1,
    });
}
