using Clutch.Executions;
using Clutch.Launching;
using Clutch.Relational;
using Clutch.Repository;
using Clutch.Steps;
using Clutch.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace MyJobs.Tests;

public sealed class ImportProductsTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("myjobs-").FullName;

    // Throws where a test plans it, as a crash would.
    private readonly FaultPlan _faults = new();
    private ServiceProvider? _services;

    private string ProductFile => Path.Combine(_folder, "products.csv");

    private ServiceProvider Services => _services!;

    public async Task InitializeAsync()
    {
        var services = new ServiceCollection();
        services.AddClutchSqlite($"Data Source={Path.Combine(_folder, "test.db")};Pooling=False");
        services.AddClutch(clutch => clutch.AddImportProducts());
        services.AddSingleton<IFaultInjector>(_faults);
        _services = services.BuildServiceProvider();
        await Services.GetRequiredService<IJobRepository>().MigrateAsync(CancellationToken.None);
    }

    public async Task DisposeAsync()
    {
        await Services.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Products_in_stock_are_imported_and_unreadable_rows_kept_as_dead_letters()
    {
        await File.WriteAllTextAsync(ProductFile, "sku,name,qty\nA,Apple,3\nB,Banana,0\nC,Cherry,many\nD,Date,5\n");

        var execution = await RunAsync();

        Assert.Equal(BatchStatus.Completed, execution.Status);
        Assert.Equal(2, await CountProductsAsync());
        var letter = Assert.Single(await Services.GetRequiredService<IJobRepository>().ListDeadLettersAsync(new DeadLetterFilter(), CancellationToken.None));
        Assert.Equal("C,Cherry,many", letter.Payload);
    }

    [Fact]
    public async Task A_run_that_broke_off_continues_after_its_last_committed_chunk()
    {
        await File.WriteAllLinesAsync(ProductFile, ["sku,name,qty", .. Enumerable.Range(1, 3_000).Select(number => $"S{number},Product {number},1")]);
        _faults.ThrowAt(FaultPoint.BeforeWrite, hit: 2);

        var first = await RunAsync();
        var countAfterFailure = await CountProductsAsync();
        var second = await RunAsync();

        Assert.Equal((BatchStatus.Failed, BatchStatus.Completed), (first.Status, second.Status));
        Assert.Equal((1_000, 3_000), (countAfterFailure, await CountProductsAsync()));
        Assert.Equal(first.InstanceId, second.InstanceId);
    }

    private async Task<JobExecution> RunAsync()
    {
        var launch = await Services.GetRequiredService<JobLauncher>().LaunchAsync(ImportProducts.Name, new Dictionary<string, string> { ["file"] = ProductFile });
        return await launch.Run!.Completion;
    }

    private async Task<long> CountProductsAsync()
    {
        var counts = await Services.GetRequiredService<RelationalDatabase>().QueryAsync(
            new Statement("SELECT count(*) FROM product"), Rows.All(row => row.GetInt64(0)), CancellationToken.None);
        return counts[0];
    }
}
