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

    /// <summary>Renders the export feeds whose users' events changed.</summary>
    public const string Export = "export";

    /// <summary>Up to when what is due counts: the parameter that tells one run from the next.</summary>
    public const string AsOf = "asOf";

    private const int ExportChunkSize = 100;
    private const int BadExportLimit = 1_000;

    /// <summary>Both jobs and what they need, with their options at <c>Calendar:Import</c>. They run when launched; a schedule or <see cref="JobTicker"/> does that.</summary>
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
        return services.AddClutch(clutch => clutch.AddJob(Import, job => BuildImport(job, options)).AddJob(Export, BuildExport));
    }

    private static void BuildImport(JobBuilder job, ImportOptions options) => job
        .Describe("Fetches the external calendars that are due and stores what changed in them.")
        .Parameter<DateTimeOffset>(AsOf, parameter => parameter.Describe("Feeds due until then are fetched."))
        .RestartAutomatically()
        .Listener(services => services.GetRequiredService<HostMemory>())
        .Step("feeds", step => step
            .Read(ReadDueFeeds)
            .ProcessWith(context => context.Services.GetRequiredService<FeedCheckProcessor>())
            .Write(context => context.Services.GetRequiredService<FeedSyncWriter>())
            .ChunkSize(options.ChunkSize)
            .Concurrency(options.Concurrency)
            .Retry(3));

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

    private static IItemReader<DueFeed> ReadDueFeeds(StepContext step)
    {
        var database = step.Services.GetRequiredService<RelationalDatabase>();
        return step.Services.KeysetReader(new KeysetQuery<DueFeed>
        {
            From = "calendar_feed",
            Columns = DueFeed.Columns,
            Key = ["next_due_at", "id"],
            Where = $"next_due_at <= @as_of AND {DueFeed.HasReaders}",
            Parameters = new Dictionary<string, object?>(StringComparer.Ordinal) { ["as_of"] = step.Parameters.Get<DateTimeOffset>(AsOf) },
            Map = row => DueFeed.Read(row, database),
            PageSize = 1_000,
            Prefetch = 1,
        });
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
