using System.Diagnostics;
using System.Globalization;
using Clutch.Benchmarks.Results;
using Clutch.Executions;
using Clutch.Repository;
using Clutch.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Clutch.Benchmarks.Cluster;

/// <summary>P11C: how fast are 10,000 partitions created, claimed and ended by several nodes at once? No work is in them: what counts is what the database bears.</summary>
internal static class PartitionClaims
{
    private const int PartitionCount = 10_000;

    public static async Task RunAsync(BenchmarkOptions options)
    {
        await using var server = await TemporaryPostgreSql.StartAsync("max_connections=200");
        var table = new Table(
            string.Create(CultureInfo.InvariantCulture, $"P11C: {PartitionCount:N0} empty partitions, PostgreSQL with its default durability"),
            "workers", "created in, s", "claimed and ended, per s", "least and most of a worker");
        foreach (var workers in new[] { 1, 2, 4, 8 })
            await AddAsync(table, server.ConnectionString, workers);
        table.Write(options.Output, "Aim: one statement creates them; at least 400 claims a second. Each claim and each end is a transaction with its own wait for the disk.");
    }

    private static async Task AddAsync(Table table, string connectionString, int workers)
    {
        var collection = new ServiceCollection();
        collection.AddClutchPostgreSql(connectionString);
        await using var services = collection.BuildServiceProvider();
        var repository = services.GetRequiredService<IJobRepository>();
        await repository.MigrateAsync(CancellationToken.None);
        var execution = await LaunchAsync(repository, workers);
        var startedAt = Stopwatch.GetTimestamp();
        await CreateAsync(repository, execution);
        var created = Stopwatch.GetElapsedTime(startedAt);
        startedAt = Stopwatch.GetTimestamp();
        var counts = await Task.WhenAll(Enumerable.Range(1, workers).Select(worker => Task.Run(() => WorkAsync(repository, execution, $"node-{worker}"))));
        var elapsed = Stopwatch.GetElapsedTime(startedAt);
        if (counts.Sum() != PartitionCount)
            throw new InvalidOperationException($"{counts.Sum()} partitions were claimed.");
        table.Add(Number(workers), created.TotalSeconds.ToString("0.00", CultureInfo.InvariantCulture), Number((int)(PartitionCount / elapsed.TotalSeconds)), $"{counts.Min()} {counts.Max()}");
    }

    private static async Task<JobExecution> LaunchAsync(IJobRepository repository, int workers)
    {
        var parameters = new JobParameters([new("workers", new(Number(workers), IsIdentifying: true))]);
        var launch = await repository.LaunchAsync(new() { JobName = "claims", Parameters = parameters, Node = "manager", LeaseDuration = TimeSpan.FromHours(1) }, CancellationToken.None);
        return ((LaunchDecision.Launched)launch).Execution;
    }

    private static async Task CreateAsync(IJobRepository repository, JobExecution execution) => await repository.CreatePartitionsAsync(
        new()
        {
            Lease = new(execution.Id, execution.Fence, execution.Node),
            InstanceId = execution.InstanceId,
            StepName = "step",
            Partitions = [.. Enumerable.Range(1, PartitionCount).Select(number => new PlannedPartition { Name = Number(number), Data = string.Empty })],
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
}
