using System.Diagnostics;
using System.Globalization;
using Clutch.Executions;
using Clutch.Items;
using Clutch.Launching;
using Clutch.PostgreSql;
using Clutch.Relational;
using Clutch.Relational.Reading;
using Clutch.Relational.Tables;
using Clutch.Repository;
using Clutch.Testing;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Clutch.Database.Tests.Outages;

/// <summary>PostgreSQL goes away in the middle of a job and comes back; the job finishes by itself, exact.</summary>
public sealed class PostgreSqlOutageTests
{
    private const int RowCount = 4_000;
    private const string WatchSettings =
        "SELECT concat_ws(' ', current_setting('tcp_keepalives_idle'), current_setting('tcp_keepalives_interval'), current_setting('tcp_keepalives_count'), current_setting('tcp_user_timeout'))";

    [SkippableTheory]
    [InlineData("fast", 1)]
    [InlineData("immediate", 1)]
    [InlineData("immediate", 4)]
    public async Task The_server_is_stopped_and_started_again(string mode, int concurrency)
    {
        await using var server = await StartServerAsync();

        await RunThroughAsync(server, concurrency, async _ =>
        {
            await server.StopAsync(mode);
            await server.StartAsync();
        });
    }

    [SkippableTheory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task The_backend_of_the_chunk_is_killed(int concurrency)
    {
        await using var server = await StartServerAsync();

        await RunThroughAsync(server, concurrency, async chunk =>
        {
            var command = chunk.Relational().CreateCommand("SELECT pg_backend_pid()");
            await using (command)
            {
                var backend = Convert.ToString(await command.ExecuteScalarAsync(), CultureInfo.InvariantCulture)!;
                using var kill = Process.Start("kill", ["-9", backend]);
                await kill.WaitForExitAsync();
            }
        });
    }

    /// <summary>Or the locks of its open transaction would outlive a machine that lost its power by hours.</summary>
    [SkippableTheory]
    [InlineData("", "30 10 3 60000")]
    [InlineData("-c tcp_keepalives_idle=5 -c tcp_user_timeout=2000", "5 10 3 2000")]
    public async Task The_server_looks_for_a_client_that_says_nothing(string options, string expected)
    {
        await using var server = await StartServerAsync();
        var settings = new NpgsqlConnectionStringBuilder(server.ConnectionString) { Options = options, MaxPoolSize = 1 };
        await using var database = new PostgreSqlDatabase(settings.ConnectionString, new());

        // The second gets the connection back from the pool, which resets it.
        for (var i = 0; i < 2; i++)
        {
            await using var session = await database.OpenSessionAsync(CancellationToken.None);
            Assert.Equal(expected, await ReadInTransactionAsync());
            await session.RollbackAsync(CancellationToken.None);
            Assert.Equal(expected, await ReadInTransactionAsync());
            await session.CommitAsync(CancellationToken.None);
            Assert.Equal(expected, await ReadInTransactionAsync());

            async Task<string?> ReadInTransactionAsync()
            {
                await session.BeginAsync(CancellationToken.None);
                return await session.RunAsync(new Statement(WatchSettings), Rows.Text, CancellationToken.None);
            }
        }
    }

    private static async Task<TemporaryPostgreSql> StartServerAsync()
    {
        Fixtures.Needs.PostgreSql();
        Skip.If(TemporaryPostgreSql.FindBinaries() is null, "No PostgreSQL server of one's own to stop: install the package 'postgresql'.");
        return await TemporaryPostgreSql.StartAsync("fsync=off");
    }

    /// <summary>Copies a table; once, in the middle of writing a chunk, something happens to the server.</summary>
    private static async Task RunThroughAsync(TemporaryPostgreSql server, int concurrency, Func<ChunkContext, Task> outage)
    {
        var isOver = false;
        await using var services = new ServiceCollection()
            .AddClutchPostgreSql(server.ConnectionString)
            .AddClutch(clutch => clutch.AddJob("copy", job => job
                .Step("copy", step => step
                    .Read(context => context.Services.KeysetReader(Query))
                    .Write(context => new Interrupted(context.Services.BulkInsert(Copies), async chunk =>
                    {
                        if (isOver || chunk.Number != 7)
                            return;
                        isOver = true;
                        await outage(chunk);
                    }))
                    .ChunkSize(100)
                    .Concurrency(concurrency)
                    .Retry(new RetryOptions { Attempts = 20, Delay = TimeSpan.FromMilliseconds(50), MaxDelay = TimeSpan.FromSeconds(1) }))
                .Step("after", (_, _) => Task.CompletedTask)))
            .BuildServiceProvider();
        await services.GetRequiredService<IJobRepository>().MigrateAsync(CancellationToken.None);
        var database = services.GetRequiredService<RelationalDatabase>();
        await database.ChangeAsync(new Statement("CREATE TABLE source (id integer PRIMARY KEY)"), Rows.Affected, CancellationToken.None);
        await database.ChangeAsync(new Statement("CREATE TABLE copy (id integer PRIMARY KEY)"), Rows.Affected, CancellationToken.None);
        await database.ChangeAsync(new Statement($"INSERT INTO source SELECT generate_series(1, {RowCount})"), Rows.Affected, CancellationToken.None);

        var launch = await services.GetRequiredService<JobLauncher>().LaunchAsync("copy", new Dictionary<string, string>());
        var ended = await launch.Run!.Completion;

        Assert.True(ended.Status is BatchStatus.Completed, ended.Failure?.Details);
        Assert.True(isOver);
        var counts = await database.QueryAsync(new Statement("SELECT count(*), count(DISTINCT id) FROM copy"), Rows.All(row => (row.GetInt64(0), row.GetInt64(1))), CancellationToken.None);
        Assert.Equal((RowCount, RowCount), counts[0]);
        var step = (await services.GetRequiredService<IJobRepository>().ListStepsAsync(ended.Id, CancellationToken.None))[0];
        Assert.Equal((RowCount, RowCount, RowCount / 100), (step.Counts.Read, step.Counts.Written, step.Counts.Commits));
        Assert.InRange(step.Counts.Rollbacks, 1, 20);
    }

    private static readonly TableMap<Row> Copies = TableMap.For<Row>("copy").Key("id", row => row.Id);

    private static readonly KeysetQuery<Row> Query = new() { From = "source", Columns = ["id"], Key = ["id"], PageSize = 50, Map = row => new(row.GetInt32(0)) };

    private sealed record Row(int Id);

    /// <summary>Writes, and then lets something happen before the commit.</summary>
    private sealed class Interrupted(IItemWriter<Row> inner, Func<ChunkContext, Task> afterWrite) : IItemWriter<Row>
    {
        public async ValueTask WriteAsync(WriteBatch<Row> batch, ChunkContext chunk, CancellationToken cancellationToken)
        {
            await inner.WriteAsync(batch, chunk, cancellationToken);
            await afterWrite(chunk);
        }
    }
}
