using Apps.Tests.Programs;
using Microsoft.Extensions.Configuration;
using SkuSync.Hosting;

namespace Apps.Tests.SkuSync;

/// <summary>What is wrong is said at once, in full, and before anything is done.</summary>
public sealed class ConfigurationTests
{
    [Fact]
    public void All_faults_of_the_configuration_are_told_at_once()
    {
        var fault = Assert.Throws<SkuConfigurationException>(() => SkuConfiguration.Read(Of(
            ("Sku:StockUrl", "stock.example"), ("Sku:Concurrency", "many"), ("Sku:DetailBatchSize", "0"), ("Sku:Ordering", "Sometimes"), ("Sku:Typo", "1"), ("Clutch:Store", "oracle"))));

        Assert.All(
            ["Sku:StockUrl is 'stock.example'", "Sku:FulfilmentUrl is missing", "Sku:Concurrency is 'many'", "Sku:DetailBatchSize is out of range", "Sku:Ordering is 'Sometimes'", "Sku:Typo is no setting", "Clutch:Store is 'oracle'"],
            expected => Assert.Contains(expected, fault.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void A_root_without_its_slash_keeps_its_last_part()
    {
        var configuration = SkuConfiguration.Read(Of(("Sku:StockUrl", "http://host/stock"), ("Sku:FulfilmentUrl", "http://host/f/")));

        Assert.Equal(new Uri("http://host/stock/skus"), new Uri(configuration.StockUrl, "skus"));
    }

    [Theory]
    [InlineData("sqlite", "Dta Source=sku.db")]
    [InlineData("postgresql", "Hots=db;Password=secret")]
    public void A_connection_that_cannot_be_read_is_told_without_its_password(string store, string connection)
    {
        var fault = Assert.Throws<SkuConfigurationException>(() => SkuConfiguration.Read(Of(
            ("Sku:StockUrl", "http://host/stock"), ("Sku:FulfilmentUrl", "http://host/f/"), ("Clutch:Store", store), ("ConnectionStrings:Clutch", connection))));

        Assert.Contains("ConnectionStrings:Clutch cannot be read", fault.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--help", 0, "run reconcile")]
    [InlineData("runs --Sku:StockUrl=http://host/ --Sku:FulfilmentUrl=http://host/", 0, "")]
    public async Task Help_asks_for_no_address_and_the_default_database_makes_its_folder(string command, int expected, string words)
    {
        var folder = Directory.CreateTempSubdirectory("clutch-sku-").FullName;

        await using var program = RunningProgram.Start("SkuSync", folder, command.Split(' '));
        var exitCode = await program.WaitForExitAsync();

        Assert.Equal(expected, exitCode);
        Assert.Contains(words, program.Output, StringComparison.Ordinal);
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task A_settings_file_that_is_no_JSON_is_named()
    {
        var folder = Directory.CreateTempSubdirectory("clutch-sku-").FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "appsettings.json"), "{ \"Sku\": ");

        await using var program = RunningProgram.Start("SkuSync", folder, ["runs"]);
        var exitCode = await program.WaitForExitAsync();

        Assert.Equal(2, exitCode);
        Assert.Contains("appsettings.json", program.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", program.Output, StringComparison.Ordinal);
        Directory.Delete(folder, recursive: true);
    }

    [SkippableFact]
    public async Task A_program_with_a_wrong_configuration_ends_with_one_message_and_makes_no_tables()
    {
        await using var world = await SkuWorld.StartAsync(StoreKind.Sqlite);

        var (exitCode, output) = await world.RunAsync("run sync", null, "--Sku:Concurrency=0", "--Sku:FulfilmentUrl=ftp://x");

        Assert.Equal(2, exitCode);
        Assert.Contains("Sku:Concurrency", output, StringComparison.Ordinal);
        Assert.Contains("Sku:FulfilmentUrl", output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData("--Sku:StockUrl=http://no-such-host.invalid/", "unknown")]
    [InlineData("--Sku:StockUrl=https://127.0.0.1:{port}/stock", "secure connection")]
    [InlineData("--Sku:StockUrl=http://127.0.0.1:{port}/nowhere", "no such route")]
    public async Task A_stock_API_that_cannot_be_reached_fails_the_run_with_one_clear_message(string setting, string expected)
    {
        await using var world = await SkuWorld.StartAsync(StoreKind.Sqlite);
        var port = new Uri(world.World.Url).Port.ToString(System.Globalization.CultureInfo.InvariantCulture);

        var (exitCode, output) = await world.RunAsync("run extract", null, setting.Replace("{port}", port, StringComparison.Ordinal));

        Assert.Equal(1, exitCode);
        Assert.Contains(expected, output, StringComparison.Ordinal);
        Assert.Equal(0, await world.CountAsync("if_sku"));
    }

    [SkippableTheory]
    [InlineData("stock", "Status", 401, "Check the credentials")]
    [InlineData("stock", "Html", 200, "content type 'text/html'")]
    [InlineData("fulfilment", "Status", 401, "Check the credentials")]
    [InlineData("fulfilment", "Html", 200, "content type 'text/html'")]
    public async Task An_API_that_answers_for_no_call_fails_the_run_and_burns_no_message(string role, string kind, int status, string expected)
    {
        await using var world = await SkuWorld.StartAsync(StoreKind.Sqlite);
        await world.World.PostAsync("control/faults", new { rules = new[] { new { role, kind, status, phase = "Before" } } });

        var (exitCode, output) = await world.RunAsync("run sync", null, "--Sku:FaultRest=00:00:01");
        var burnt = await world.CountAsync("clutch_outbox_message WHERE status = 4 OR attempts > 0");
        await world.World.EndFaultsAsync();
        await world.RunWellAsync("run sync");

        Assert.Equal(1, exitCode);
        Assert.Contains(expected, output, StringComparison.Ordinal);
        Assert.Equal(0, burnt);
        await SkuInvariants.CheckAsync(world);
    }

    [SkippableTheory]
    [InlineData("--Sku:FulfilmentUrl=http://no-such-host.invalid/", "unknown")]
    [InlineData("--Sku:FulfilmentUrl=https://127.0.0.1:{port}/fulfilment", "secure connection")]
    public async Task A_fulfilment_API_that_cannot_be_reached_fails_the_run_and_burns_no_message(string setting, string expected)
    {
        await using var world = await SkuWorld.StartAsync(StoreKind.Sqlite);
        var port = new Uri(world.World.Url).Port.ToString(System.Globalization.CultureInfo.InvariantCulture);

        var (exitCode, output) = await world.RunAsync("run sync", null, setting.Replace("{port}", port, StringComparison.Ordinal));

        Assert.Equal(1, exitCode);
        Assert.Contains(expected, output, StringComparison.Ordinal);
        Assert.Equal(0, await world.CountAsync("clutch_outbox_message WHERE status = 4 OR attempts > 0"));
    }

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_target_that_compares_no_versions_fails_the_run_and_burns_no_message(bool answersLater)
    {
        await using var world = await SkuWorld.StartAsync(StoreKind.Sqlite);
        await using var target = await VersionlessTarget.StartAsync(answersLater);

        var (exitCode, output) = await world.RunAsync("run sync", null, $"--Sku:FulfilmentUrl={target.Url}");

        Assert.Equal(1, exitCode);
        Assert.Contains("Check that the target supports versions", output, StringComparison.Ordinal);
        Assert.Equal(0, await world.CountAsync("clutch_outbox_message WHERE status IN (3, 4) OR attempts > 0"));
    }

    [SkippableTheory]
    [InlineData("stock", 401, "rule = 'Failed' AND job_name = 'extract'")]
    [InlineData("stock", 200, "rule = 'Failed' AND job_name = 'extract'")]
    [InlineData("fulfilment", 401, "rule = 'OutboxLag' AND subject = 'channel fulfilment'")]
    [InlineData("fulfilment", 200, "rule = 'OutboxLag' AND subject = 'channel fulfilment'")]
    public async Task A_server_whose_API_answers_for_no_call_raises_an_alert_and_burns_no_message(string role, int status, string expected)
    {
        await using var world = await SkuWorld.StartAsync(StoreKind.Sqlite);
        await world.World.PostAsync("control/faults", new { rules = new[] { new { role, kind = status == 200 ? "Html" : "Status", status, phase = "Before" } } });

        await using var server = world.Start("serve", null, ServerSettings);
        await world.WaitForAsync(async () => await world.CountAsync($"clutch_alert WHERE {expected} AND state = 'Open'") > 0);

        Assert.Equal(0, await world.CountAsync("clutch_outbox_message WHERE status IN (3, 4) OR attempts > 0"));
    }

    [SkippableTheory]
    [InlineData("--Sku:FulfilmentUrl=http://no-such-host.invalid/")]
    [InlineData("--Sku:FulfilmentUrl=https://127.0.0.1:{port}/fulfilment")]
    public async Task A_server_whose_target_cannot_be_reached_raises_an_alert_and_burns_no_message(string setting)
    {
        await using var world = await SkuWorld.StartAsync(StoreKind.Sqlite);
        var port = new Uri(world.World.Url).Port.ToString(System.Globalization.CultureInfo.InvariantCulture);

        await using var server = world.Start("serve", null, [.. ServerSettings, setting.Replace("{port}", port, StringComparison.Ordinal)]);
        await world.WaitForAsync(async () => await world.CountAsync("clutch_alert WHERE rule = 'OutboxLag' AND subject = 'channel fulfilment' AND state = 'Open'") > 0);

        Assert.Equal(0, await world.CountAsync("clutch_outbox_message WHERE status IN (3, 4) OR attempts > 0"));
    }

    [SkippableFact]
    public async Task A_server_whose_target_compares_no_versions_raises_an_alert_and_burns_no_message()
    {
        await using var world = await SkuWorld.StartAsync(StoreKind.Sqlite);
        await using var target = await VersionlessTarget.StartAsync(answersLater: false);

        await using var server = world.Start("serve", null, [.. ServerSettings, $"--Sku:FulfilmentUrl={target.Url}"]);
        await world.WaitForAsync(async () => await world.CountAsync("clutch_alert WHERE rule = 'OutboxLag' AND subject = 'channel fulfilment' AND state = 'Open'") > 0);

        Assert.Equal(0, await world.CountAsync("clutch_outbox_message WHERE status IN (3, 4) OR attempts > 0"));
    }

    private static string[] ServerSettings => ["--urls", "http://127.0.0.1:0", "--Sku:Schedule=0/3 * * * * ?", "--Sku:FaultRest=00:00:01", "--Clutch:Server:Alerts:Interval=00:00:02"];

    private static IConfiguration Of(params (string Key, string Value)[] settings) =>
        new ConfigurationBuilder().AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Key, (string?)setting.Value))).Build();
}
