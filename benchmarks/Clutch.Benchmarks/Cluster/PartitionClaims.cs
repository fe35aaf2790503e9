using System.Diagnostics;
using System.Globalization;
using Clutch.Benchmarks.Processes;
using Clutch.Benchmarks.Results;
using Clutch.Executions;
using Clutch.Repository;
using Clutch.Testing;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Clutch.Benchmarks.Cluster;

/// <summary>P11C: how fast are 10,000 partitions created, claimed and ended by several nodes at once? No work is in them: what counts is what the database bears.</summary>
internal static class PartitionClaims
{
    private const int PartitionCount = 10_000;

    public static async Task RunAsync(BenchmarkOptions options)
    {
        await using var server = await TemporaryPostgreSql.StartAsync("max_connections=200");
        await using var source = NpgsqlDataSource.Create(server.ConnectionString);
        var claims = new Dictionary<int, List<Claims>>();
        // The first loads the code.
        await MeasureAsync(source, server.ConnectionString, workers: 2, partitions: PartitionCount / 10);
        for (var run = 0; run < options.Runs; run++)
        {
            foreach (var workers in new[] { 1, 2, 4, 8 })
            {
                if (!claims.TryGetValue(workers, out var list))
                    claims[workers] = list = [];
                list.Add(await MeasureAsync(source, server.ConnectionString, workers, PartitionCount));
            }
        }

        var table = new Table(
            string.Create(CultureInfo.InvariantCulture, $"P11C: {PartitionCount:N0} empty partitions, PostgreSQL with its default durability"),
            "workers", "created in, s", "claimed and ended, per s", "least and most of a worker");
        foreach (var (workers, list) in claims)
            table.Add(Number(workers), Spread.Of(list.Select(one => one.CreateSeconds)).Text("0.00"), PerSecond(list).Text("0"), $"{list.Min(one => one.Least)} {list.Max(one => one.Most)}");
        table.Write(options.Output, "One statement creates them. Each claim and each end is a transaction with its own wait for the disk.");
        options.Aims.AtLeast("partitions claimed and ended, the least of 1 to 8 workers", 400, claims.Values.Min(list => PerSecond(list).Median), " a second");
    }

    private static Spread PerSecond(IEnumerable<Claims> claims) => Spread.Of(claims.Select(one => one.PerSecond));

    private static async Task<Claims> MeasureAsync(NpgsqlDataSource source, string connectionString, int workers, int partitions)
    {
        await source.EmptyAsync();
        var collection = new ServiceCollection();
        collection.AddClutchPostgreSql(connectionString);
        await using var services = collection.BuildServiceProvider();
        var repository = services.GetRequiredService<IJobRepository>();
        await repository.MigrateAsync(CancellationToken.None);
        var execution = await LaunchAsync(repository);
        var startedAt = Stopwatch.GetTimestamp();
        await CreateAsync(repository, execution, partitions);
        var created = Stopwatch.GetElapsedTime(startedAt);
        startedAt = Stopwatch.GetTimestamp();
        var counts = await Task.WhenAll(Enumerable.Range(1, workers).Select(worker => Task.Run(() => WorkAsync(repository, execution, $"node-{worker}"))));
        var elapsed = Stopwatch.GetElapsedTime(startedAt);
        if (counts.Sum() != partitions)
            throw new InvalidOperationException($"{counts.Sum()} partitions were claimed.");
        return new(created.TotalSeconds, partitions / elapsed.TotalSeconds, counts.Min(), counts.Max());
    }

    private static async Task<JobExecution> LaunchAsync(IJobRepository repository)
    {
        var launch = await repository.LaunchAsync(new() { JobName = "claims", Parameters = new([]), Node = "manager", LeaseDuration = TimeSpan.FromHours(1) }, CancellationToken.None);
        return ((LaunchDecision.Launched)launch).Execution;
    }

    private static async Task CreateAsync(IJobRepository repository, JobExecution execution, int partitions) => await repository.CreatePartitionsAsync(
        new()
        {
            Lease = new(execution.Id, execution.Fence, execution.Node),
            InstanceId = execution.InstanceId,
            StepName = "step",
            Partitions = [.. Enumerable.Range(1, partitions).Select(number => new PlannedPartition { Name = Number(number), Data = string.Empty })],
        },
        CancellationToken.None);

    private static async Task<int> WorkAsync(IJobRepository repository, JobExecution execution, string node)
    {
        var count = 0;
        while (await repository.ClaimPartitionAsync(new(execution.Id, "step", node, TimeSpan.FromMinutes(1)), CancellationToken.None) is { } partition)
        {
            await repository.EndStepAsync(
                new() { StepExecutionId = partition.Id, Fence = partition.Fence, Status = BatchStatus.Completed, ExitCode = nameof(BatchStatus.Completed), Counts = default }, CancellationToken.None);
            count++;
        }

        return count;
    }

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>What one measurement found.</summary>
    private sealed record Claims(double CreateSeconds, double PerSecond, int Least, int Most);
}
