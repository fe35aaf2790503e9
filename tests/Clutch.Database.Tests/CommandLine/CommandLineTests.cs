using System.Text.Json;
using Clutch.Executions;
using Clutch.Files;
using Clutch.Hosting;
using Clutch.Items;
using Clutch.Relational;
using Clutch.Relational.Tables;
using Clutch.Repository;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;

namespace Clutch.Database.Tests.CommandLine;

/// <summary>The command line as its user meets it: exit code, output, error.</summary>
public sealed class CommandLineTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("clutch-cli-").FullName;
    private string _connectionString;

    public CommandLineTests() => _connectionString = $"Data Source={PathOf("clutch.db")}";

    public void Dispose()
    {
        SqliteConnection.ClearAllPools();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task A_run_tells_what_was_read_and_written()
    {
        WriteFile(rows: 25);

        var (code, output, error) = await RunAsync("run", "import", $"file={PathOf("in.csv")}");

        Assert.Equal((ExitCode.Completed, string.Empty), (code, error));
        Assert.Contains("load  Completed    25       25", output, StringComparison.Ordinal);
        Assert.Contains("ended Completed", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_completed_instance_is_not_run_again_and_counts_as_completed()
    {
        WriteFile(rows: 3);
        await RunAsync("run", "import", $"file={PathOf("in.csv")}");

        var (code, output, _) = await RunAsync("run", "import", $"file={PathOf("in.csv")}");

        Assert.Equal(ExitCode.Completed, code);
        Assert.Contains("is complete with these parameters, by execution 1", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_failed_run_is_taken_up_by_the_same_command_and_by_restart()
    {
        WriteFile(rows: 25, badRow: 23);

        var (first, text, _) = await RunAsync("run", "import", $"file={PathOf("in.csv")}");
        WriteFile(rows: 25, badRow: 24);
        var (second, _, _) = await RunAsync("restart", "1");
        WriteFile(rows: 25);
        var (third, output, _) = await RunAsync("run", "import", $"file={PathOf("in.csv")}");

        Assert.Equal((ExitCode.Failed, ExitCode.Failed, ExitCode.Completed), (first, second, third));
        Assert.Contains("'restart 1', or the same 'run' again", text, StringComparison.Ordinal);
        Assert.Contains("attempt 3", output, StringComparison.Ordinal);
        Assert.Equal(25, await CountAsync());
    }

    [Fact]
    public async Task List_and_show_tell_the_history()
    {
        WriteFile(rows: 25, badRow: 23);
        await RunAsync("run", "import", $"file={PathOf("in.csv")}");

        var (_, list, _) = await RunAsync("list", "--status", "failed");
        var (_, empty, _) = await RunAsync("list", "--job", "other");
        var (code, show, _) = await RunAsync("show", "1");

        Assert.Contains("import  Failed", list, StringComparison.Ordinal);
        Assert.Contains("No executions.", empty, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Completed, code);
        Assert.Contains("in.csv:24", show, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Json_is_one_document_a_line()
    {
        WriteFile(rows: 25);

        var (_, output, _) = await RunAsync("run", "import", $"file={PathOf("in.csv")}", "--json");

        var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement).ToList();
        Assert.Equal("launched", lines[0].GetProperty("type").GetString());
        Assert.Equal("ended", lines[^1].GetProperty("type").GetString());
        Assert.Equal(25, lines[^1].GetProperty("steps")[0].GetProperty("written").GetInt64());
    }

    [Fact]
    public async Task An_abandoned_execution_is_never_taken_up()
    {
        WriteFile(rows: 5, badRow: 2);
        await RunAsync("run", "import", $"file={PathOf("in.csv")}");

        var (abandoned, _, _) = await RunAsync("abandon", "1");
        var (again, output, _) = await RunAsync("run", "import", $"file={PathOf("in.csv")}");
        var (stopped, _, _) = await RunAsync("stop", "1");

        Assert.Equal((ExitCode.Completed, ExitCode.Refused, ExitCode.Refused), (abandoned, again, stopped));
        Assert.Contains("was abandoned", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Only_the_latest_execution_is_abandoned_and_the_answer_names_it()
    {
        WriteFile(rows: 5, badRow: 2);
        await RunAsync("run", "import", $"file={PathOf("in.csv")}");
        await RunAsync("restart", "1");

        var (code, output, _) = await RunAsync("abandon", "1");
        WriteFile(rows: 5);
        var (again, _, _) = await RunAsync("run", "import", $"file={PathOf("in.csv")}");

        Assert.Equal((ExitCode.Refused, ExitCode.Completed), (code, again));
        Assert.Contains("A later execution of the same instance exists: 2, Failed.", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_execution_whose_process_is_gone_is_abandoned()
    {
        var id = await LaunchAndDieAsync();

        var (code, output, _) = await RunAsync("abandon", id);

        Assert.Equal(ExitCode.Completed, code);
        Assert.Contains("its process is gone (gone)", output, StringComparison.Ordinal);
        Assert.Equal(BatchStatus.Abandoned, Assert.Single(await ListExecutionsAsync()).Status);
    }

    [Fact]
    public async Task An_execution_whose_process_is_gone_needs_no_stop()
    {
        var id = await LaunchAndDieAsync();

        var (code, output, _) = await RunAsync("stop", id);

        Assert.Equal(ExitCode.Refused, code);
        Assert.Contains($"Execution {id} is not running.", output, StringComparison.Ordinal);
        Assert.Equal(BatchStatus.Failed, Assert.Single(await ListExecutionsAsync()).Status);
    }

    [Fact]
    public async Task Dead_letters_are_listed_and_run_again()
    {
        WriteFile(rows: 25);
        await RunAsync("run", "strict", $"file={PathOf("in.csv")}");
        var (_, before, _) = await RunAsync("dead-letters", "1");

        Rules.MaxQuantity = int.MaxValue;
        var (code, _, error) = await RunAsync("redrive", "1", "--step", "load");
        var (_, after, _) = await RunAsync("dead-letters", "1");
        Rules.MaxQuantity = 20;

        Assert.Contains("25", before, StringComparison.Ordinal);
        Assert.Equal((ExitCode.Completed, string.Empty), (code, error));
        Assert.Contains("No dead letters.", after, StringComparison.Ordinal);
        Assert.Equal(25, await CountAsync());
    }

    [Fact]
    public async Task Purge_needs_an_age_and_deletes_what_is_older()
    {
        WriteFile(rows: 3);
        await RunAsync("run", "import", $"file={PathOf("in.csv")}");

        var (missing, _, error) = await RunAsync("purge");
        var (code, output, _) = await RunAsync("purge", "--older-than", "0d");
        var (_, list, _) = await RunAsync("list");

        Assert.Equal((ExitCode.WrongUsage, ExitCode.Completed), (missing, code));
        Assert.Contains("--older-than 30d", error, StringComparison.Ordinal);
        Assert.Contains("Purged 1 executions", output, StringComparison.Ordinal);
        Assert.Contains("No executions.", list, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Migrate_prints_what_it_would_do_without_doing_it()
    {
        var (_, script, _) = await RunAsync("migrate", "--print");
        var (_, again, _) = await RunAsync("migrate", "--print");
        var (_, applied, _) = await RunAsync("migrate");
        var (_, after, _) = await RunAsync("migrate", "--print");

        Assert.Contains("CREATE TABLE clutch_job_instance", script, StringComparison.Ordinal);
        Assert.Contains("-- Not among these are the tables of server, outbox and scheduler (qrtz_...)", script, StringComparison.Ordinal);
        Assert.Equal(script, again);
        Assert.Contains("Applied", applied, StringComparison.Ordinal);
        Assert.Contains("The schema is up to date.", after, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("'run' takes a job's name", "run")]
    [InlineData("There is no job 'nope'", "run", "nope")]
    [InlineData("'rows' is not a parameter: write it as key=value", "run", "import", "rows")]
    [InlineData("Parameter 'file' is missing; give a text", "run", "import")]
    [InlineData("Parameter 'colour' with value 'red' is unknown; the job takes 'file', 'limit'", "run", "import", "file=x", "colour=red")]
    [InlineData("Parameter 'limit' with value 'many' is not a whole number", "run", "import", "file=x", "limit=many")]
    [InlineData("Parameter 'limit' with value '0' must be positive", "run", "import", "file=x", "limit=0")]
    [InlineData("There is no command 'launch'", "launch")]
    [InlineData("There is no option '--fast'", "run", "import", "--fast")]
    [InlineData("'twelve' is not an execution id", "show", "twelve")]
    [InlineData("There is no execution 12", "show", "12")]
    [InlineData("There is no execution 12", "restart", "12")]
    [InlineData("'--status' takes one of", "list", "--status", "broken")]
    [InlineData("'--limit' takes a number from 1 to 1000", "list", "--limit", "0")]
    [InlineData("'--before' takes a number from 1", "list", "--before", "0")]
    [InlineData("'purge' takes no '--job'", "purge", "--older-than", "30d", "--job", "import")]
    [InlineData("'redrive' takes no '--limit'", "redrive", "12", "--step", "load", "--limit", "5")]
    [InlineData("'--older-than' takes an age such as 30d, 12h or 45m, at most 36500d, not '99999999d'", "purge", "--older-than", "99999999d")]
    [InlineData("'--older-than' takes an age such as 30d, 12h or 45m, at most 36500d, not '5y'", "purge", "--older-than", "5y")]
    [InlineData("'--older-than' takes an age such as 30d, 12h or 45m, at most 36500d, not '4y'", "purge", "--older-than", "4y")]
    [InlineData("'--quiet' takes no value", "list", "--quiet=true")]
    public async Task Wrong_usage_says_what_is_wrong_and_what_to_write(string message, params string[] arguments)
    {
        await RunAsync("migrate");

        var (code, _, error) = await RunAsync(arguments);

        Assert.Equal(ExitCode.WrongUsage, code);
        Assert.Contains(message, error, StringComparison.Ordinal);
        Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Empty(await ListExecutionsAsync());
    }

    [Fact]
    public async Task A_missing_file_fails_the_job_and_names_it()
    {
        var (code, output, _) = await RunAsync("run", "import", $"file={PathOf("absent.csv")}");

        Assert.Equal(ExitCode.Failed, code);
        Assert.Contains(PathOf("absent.csv"), output, StringComparison.Ordinal);
        Assert.Equal(0, await CountAsync());
    }

    [Fact]
    public async Task A_missing_column_fails_the_job_and_names_it()
    {
        await File.WriteAllTextAsync(PathOf("in.csv"), "sku,qty\nA,1\n");

        var (code, output, _) = await RunAsync("run", "import", $"file={PathOf("in.csv")}");

        Assert.Equal(ExitCode.Failed, code);
        Assert.Contains("quantity", output, StringComparison.Ordinal);
        Assert.Contains("qty", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unreachable_server_is_one_message_without_its_password()
    {
        var (code, _, error) = await RunAsync(services => services.AddClutchPostgreSql("Host=127.0.0.1;Port=1;Username=jobs;Password=hunter2;Database=jobs"), "run", "import", "file=x");

        ExpectUnusable(code, error, "127.0.0.1");
        Assert.DoesNotContain("hunter2", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_corrupt_file_is_one_message()
    {
        await File.WriteAllTextAsync(PathOf("clutch.db"), string.Concat(Enumerable.Repeat("this is no database. ", 200)));

        var (code, _, error) = await RunAsync("run", "import", "file=x");

        ExpectUnusable(code, error, PathOf("clutch.db"));
    }

    [Fact]
    public async Task A_read_only_database_is_one_message_and_nothing_changes()
    {
        await RunAsync("migrate");
        SqliteConnection.ClearAllPools();
        _connectionString += ";Mode=ReadOnly";

        var (code, _, error) = await RunAsync("run", "import", $"file={PathOf("in.csv")}");

        ExpectUnusable(code, error, PathOf("clutch.db"));
    }

    [Fact]
    public async Task A_missing_directory_is_one_message()
    {
        _connectionString = $"Data Source={PathOf("absent/clutch.db")}";

        var (code, _, error) = await RunAsync("run", "import", "file=x");

        ExpectUnusable(code, error, PathOf("absent"));
    }

    [Fact]
    public async Task A_schema_newer_than_the_program_is_one_message()
    {
        await RunAsync("migrate");
        await using (var services = Services())
            await services.GetRequiredService<RelationalDatabase>().ChangeAsync(new Statement("UPDATE clutch_migration SET number = number + 1000"), Rows.Affected, CancellationToken.None);

        var (code, _, error) = await RunAsync("run", "import", "file=x");

        ExpectUnusable(code, error, "newer");
    }

    private static void ExpectUnusable(ExitCode code, string error, string expected)
    {
        Assert.Equal(ExitCode.RepositoryUnusable, code);
        Assert.Contains(expected, error, StringComparison.Ordinal);
        Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    private string PathOf(string name) => Path.Combine(_folder, name);

    private void WriteFile(int rows, int badRow = 0) => File.WriteAllLines(
        PathOf("in.csv"),
        ["sku,quantity", .. Enumerable.Range(1, rows).Select(row => $"S{row:D4},{(row == badRow ? "bad!" : $"{row,4:D4}")}")]);

    private ServiceProvider Services(Action<IServiceCollection>? store = null)
    {
        var services = new ServiceCollection();
        (store ?? (collection => collection.AddClutchSqlite(_connectionString)))(services);
        services.AddClutch(clutch =>
        {
            clutch.AddJob("import", job => job
                .Parameter<string>("file")
                .Parameter<int>("limit", limit => limit.NonIdentifying().Optional().Must(value => value > 0, "must be positive"))
                .Step("load", step => step.Read(context => Items(context)).Write(context => context.Services.BulkInsert(Item.Table)).ChunkSize(10)));
            clutch.AddJob("strict", job => job
                .Parameter<string>("file")
                .Step("load", step => step
                    .Read(context => Items(context))
                    .Process(item => item.Quantity <= Rules.MaxQuantity ? item : throw new InvalidDataException($"{item.Quantity} is too much."))
                    .Write(context => context.Services.BulkInsert(Item.Table))
                    .ChunkSize(10)
                    .Skip<InvalidDataException>()
                    .ItemType(ItemJson.Default.Item)));
        });
        return services.BuildServiceProvider();
    }

    private static IItemReader<Item> Items(StepContext context) => DelimitedFile.Reader(context.Parameters.Get<string>("file"), row => new Item(row.GetString("sku"), row.GetInt32("quantity")));

    private Task<(ExitCode Code, string Output, string Error)> RunAsync(params string[] arguments) => RunAsync(store: null, arguments);

    private async Task<(ExitCode Code, string Output, string Error)> RunAsync(Action<IServiceCollection>? store, params string[] arguments)
    {
        await using var services = Services(store);
        if (store is null && arguments is ["run", ..] && _connectionString == $"Data Source={PathOf("clutch.db")}" && !IsCorrupt())
            await CreateTableAsync();
        var output = new StringWriter();
        var error = new StringWriter();
        var code = await ClutchCommandLine.RunClutchAsync(services, arguments, output, error, isTerminal: false);
        return ((ExitCode)code, output.ToString(), error.ToString());
    }

    private bool IsCorrupt() => File.Exists(PathOf("clutch.db")) && File.ReadAllText(PathOf("clutch.db")).StartsWith("this is", StringComparison.Ordinal);

    private async Task CreateTableAsync()
    {
        await using var connection = new SqliteConnection(_connectionString);
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = "CREATE TABLE IF NOT EXISTS item (sku TEXT PRIMARY KEY, quantity INTEGER NOT NULL)";
        await command.ExecuteNonQueryAsync();
    }

    private async Task<long> CountAsync()
    {
        await using var services = Services();
        return (await services.GetRequiredService<RelationalDatabase>().QueryAsync(new Statement("SELECT count(*) FROM item"), Rows.All(row => row.GetInt64(0)), CancellationToken.None))[0];
    }

    private async Task<IReadOnlyList<JobExecution>> ListExecutionsAsync()
    {
        await using var services = Services();
        return await services.GetRequiredService<IJobRepository>().ListExecutionsAsync(new(), CancellationToken.None);
    }

    /// <summary>An execution that was launched long ago, by a process that never came back.</summary>
    private async Task<string> LaunchAndDieAsync()
    {
        await using var services = Services(collection => collection
            .AddSingleton<TimeProvider>(new ManualClock(DateTimeOffset.UnixEpoch))
            .AddClutchSqlite(_connectionString));
        var repository = services.GetRequiredService<IJobRepository>();
        await repository.MigrateAsync(CancellationToken.None);
        var launch = await repository.LaunchAsync(
            new() { JobName = "import", Parameters = JobParameters.Empty, Node = "gone", LeaseDuration = TimeSpan.FromMinutes(5) }, CancellationToken.None);
        return ((LaunchDecision.Launched)launch).Execution.Id.ToString();
    }

    /// <summary>What the strict job allows; a test raises it as somebody mends a rule.</summary>
    private static class Rules
    {
        public static int MaxQuantity { get; set; } = 20;
    }
}

internal sealed record Item(string Sku, int Quantity)
{
    public static TableMap<Item> Table { get; } = TableMap.For<Item>("item").Key("sku", item => item.Sku).Column("quantity", item => item.Quantity);
}

[System.Text.Json.Serialization.JsonSerializable(typeof(Item))]
internal sealed partial class ItemJson : System.Text.Json.Serialization.JsonSerializerContext;
