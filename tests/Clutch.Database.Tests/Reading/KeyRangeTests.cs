using Clutch.Database.Tests.Fixtures;
using Clutch.Executions;
using Clutch.Launching;
using Clutch.Relational;
using Clutch.Relational.Reading;
using Clutch.Relational.Tables;
using Microsoft.Extensions.DependencyInjection;

namespace Clutch.Database.Tests.Reading;

/// <summary>A table cut into ranges of equally many rows, read range by range.</summary>
public abstract class KeyRangeTests(Func<Store> open) : StoreTests(open)
{
    private static readonly TableMap<Row> Copies = TableMap.For<Row>("copy").Key("region", row => row.Region).Key("id", row => row.Id);

    private static KeysetQuery<Row> Query { get; } = new()
    {
        From = "source",
        Columns = ["region", "id"],
        Key = ["region", "id"],
        PageSize = 7,
        Map = row => new(row.GetString(0), row.GetInt64(1)),
    };

    [SkippableTheory]
    [InlineData(1_000, 8)]
    [InlineData(1_003, 8)]
    [InlineData(3, 8)]
    [InlineData(1, 1)]
    public async Task Ranges_hold_equally_many_rows_although_the_keys_are_skewed(int rowCount, int rangeCount)
    {
        await FillAsync(rowCount);

        var ended = await RunAsync(rangeCount);
        var partitions = (await Repository.ListStepsAsync(ended.Id, Never)).Where(step => step.Partition is not null).ToList();

        Assert.Equal(BatchStatus.Completed, ended.Status);
        var size = (rowCount + rangeCount - 1) / rangeCount;
        Assert.Equal((rowCount + size - 1) / size, partitions.Count);
        Assert.All(partitions.SkipLast(1), partition => Assert.Equal(size, partition.Counts.Written));
        Assert.Equal(rowCount, await Database.CountAsync("copy"));
    }

    [SkippableFact]
    public async Task An_empty_table_makes_no_range_and_completes()
    {
        await FillAsync(0);

        var ended = await RunAsync(4);

        Assert.Equal(BatchStatus.Completed, ended.Status);
        Assert.Single(await Repository.ListStepsAsync(ended.Id, Never));
    }

    [SkippableFact]
    public async Task A_reader_that_expects_a_range_says_so_when_there_is_none()
    {
        await FillAsync(3);

        var ended = await RunAsync(rangeCount: 0);

        Assert.Equal(BatchStatus.Failed, ended.Status);
        Assert.Contains("reads a partition, but step 'copy' has none", ended.Failure!.Message, StringComparison.Ordinal);
    }

    protected override void AddServices(IServiceCollection services)
    {
        foreach (var rangeCount in (int[])[0, 1, 4, 8])
        {
            services.AddClutch(clutch => clutch.AddJob($"copy-{rangeCount}", job => job.Step("copy", step =>
            {
                var copy = step.Read(context => context.Services.KeysetReader(Query with { WithinPartition = true }))
                    .Write(context => context.Services.BulkInsert(Copies))
                    .ChunkSize(10);
                return rangeCount == 0 ? copy : copy.Partition(context => context.Services.KeyRanges(Query, rangeCount), concurrency: 2);
            })));
        }
    }

    private async Task<JobExecution> RunAsync(int rangeCount)
    {
        var launch = await Services.GetRequiredService<JobLauncher>().LaunchAsync($"copy-{rangeCount}", new Dictionary<string, string>());
        return await launch.Run!.Completion;
    }

    /// <summary>Nine of ten rows lie in one region, and the ids leap.</summary>
    private async Task FillAsync(int rowCount)
    {
        await Database.ExecuteAsync("CREATE TABLE source (region varchar(8) NOT NULL, id bigint NOT NULL, PRIMARY KEY (region, id))");
        await Database.ExecuteAsync("CREATE TABLE copy (region varchar(8) NOT NULL, id bigint NOT NULL, PRIMARY KEY (region, id))");
        if (rowCount == 0)
            return;
        var rows = Enumerable.Range(1, rowCount).Select(number => $"('{(number % 10 == 0 ? "small" : "huge")}', {(number % 3 == 0 ? number * 1_000_000L : number)})");
        await Database.ExecuteAsync($"INSERT INTO source (region, id) VALUES {string.Join(", ", rows)}");
    }

    internal sealed record Row(string Region, long Id);
}

public sealed class SqliteKeyRangeTests() : KeyRangeTests(() => new SqliteStore());

public sealed class PostgreSqlKeyRangeTests() : KeyRangeTests(() => new PostgreSqlStore());
