using System.Net;
using System.Net.Sockets;
using CalendarSync.Accounts;
using CalendarSync.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace Apps.Tests.CalendarSync.Main;

/// <summary>The command line.</summary>
public sealed class CommandTests
{
    [SkippableTheory]
    [InlineData(CalendarStore.Sqlite)]
    [InlineData(CalendarStore.PostgreSql)]
    public async Task A_first_user_comes_from_the_command_line_with_a_token_that_works(CalendarStore store)
    {
        using var storage = await CalendarStorage.CreateAsync(store);

        var (code, token) = await RunAsync(["user", "add", "root", "Asia/Seoul", "--admin", .. storage.Settings]);
        var (again, problem) = await RunAsync(["user", "add", "root", .. storage.Settings]);
        var (_, second) = await RunAsync(["user", "token", "root", .. storage.Settings]);

        Assert.Equal((0, 2), (code, again));
        Assert.Contains("There is a user 'root' already.", problem, StringComparison.Ordinal);
        await using var app = CalendarHost.Build(CalendarRole.Main, storage.Settings);
        var users = app.Services.GetRequiredService<UserStore>();
        Assert.True(await users.FindByTokenAsync(token.Trim(), CancellationToken.None) is { Name: "root", TimeZone: "Asia/Seoul", IsAdmin: true });
        Assert.NotNull(await users.FindByTokenAsync(second.Trim(), CancellationToken.None));
        Assert.Equal(0, (await RunAsync(["user", "remove", "root", .. storage.Settings])).Code);
        Assert.Null(await users.FindByTokenAsync(token.Trim(), CancellationToken.None));
    }

    [Fact]
    public async Task Settings_that_cannot_work_are_told_before_anything_starts()
    {
        Assert.Contains("Set it to 'sqlite' or 'postgresql'", (await RunAsync("main", "--Clutch:Store", "oracle")).Output, StringComparison.Ordinal);
        Assert.Contains("ConnectionStrings:Clutch is missing", (await RunAsync("main", "--Clutch:Store", "postgresql")).Output, StringComparison.Ordinal);
        Assert.Contains("CalendarSync main|batch|all", (await RunAsync("serve")).Output, StringComparison.Ordinal);
        using var storage = await CalendarStorage.CreateAsync(CalendarStore.Sqlite);
        var (code, output) = await RunAsync(["main", "--urls", "http://127.0.0.1:0", "--Calendar:Main:FeedReadsPerToken", "0", .. storage.Settings]);
        Assert.Equal(2, code);
        Assert.Contains("FeedReadsPerToken", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Calendar:Feeds:DefaultHost:MaxConnections", "0")]
    [InlineData("Calendar:Feeds:Hosts:slow.example:BreakAfter", "0")]
    [InlineData("Calendar:Feeds:Hosts:slow.example:MinGap", "-00:00:01")]
    [InlineData("Calendar:Feeds:Deadline", "00:00:00")]
    [InlineData("Calendar:Feeds:Concurrency", "many")]
    [InlineData("Calendar:Outbound:Allow:0", "10.0.0.0/99")]
    [InlineData("Calendar:Import:Tick", "00:00:00")]
    [InlineData("Calendar:Import:MaxInterval", "00:00:01")]
    [InlineData("Calendar:Import:ChunkSize", "all")]
    public async Task A_setting_that_cannot_work_ends_the_batch_process_with_its_name(string setting, string value)
    {
        using var storage = await CalendarStorage.CreateAsync(CalendarStore.Sqlite);

        var (code, output) = await RunAsync(["batch", "--urls", "http://127.0.0.1:0", "--Batch:Priority", "normal", $"--{setting}", value, .. storage.Settings]);

        Assert.Equal(2, code);
        Assert.Contains(setting.Split(":0")[0], output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("sqlite", "Dta Source=calendar.db")]
    [InlineData("postgresql", "Hots=db;Password=secret")]
    [InlineData("postgresql", "Host=db;Port=many;Password=secret")]
    public async Task A_connection_that_cannot_be_read_is_told_without_its_password(string store, string connection)
    {
        var (code, output) = await RunAsync(["main", "--Clutch:Store", store, "--ConnectionStrings:Clutch", connection]);

        Assert.Equal(2, code);
        Assert.Contains("ConnectionStrings:Clutch cannot be read", output, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("user", "add", "root")]
    [InlineData("main", "--urls", "http://127.0.0.1:0")]
    public async Task A_database_that_cannot_be_opened_is_named_with_an_exit_code_of_its_own(params string[] command)
    {
        using var storage = await CalendarStorage.CreateAsync(CalendarStore.Sqlite);

        var (code, output) = await RunAsync([.. command, .. storage.Settings, "--ConnectionStrings:Clutch", "Data Source=/proc/none/calendar.db"]);

        Assert.Equal(6, code);
        Assert.Contains("/proc/none/calendar.db", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_port_in_use_is_told_with_an_exit_code_of_its_own()
    {
        using var storage = await CalendarStorage.CreateAsync(CalendarStore.Sqlite);
        using var other = new TcpListener(IPAddress.Loopback, port: 0);
        other.Start();
        var url = $"http://127.0.0.1:{((IPEndPoint)other.LocalEndpoint).Port}";

        var (code, output) = await RunAsync(["main", "--urls", url, .. storage.Settings]);

        Assert.Equal(5, code);
        Assert.Contains(url, output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_batch_server_that_others_can_reach_refuses_without_a_key_and_a_key_comes_from_the_command_line()
    {
        using var storage = await CalendarStorage.CreateAsync(CalendarStore.Sqlite);

        var (code, output) = await RunAsync(["all", "--urls", "http://127.0.0.1:0", "--Batch:Urls", "http://0.0.0.0:0", .. storage.Settings]);
        var created = await RunAsync(["batch", "keys", "create", "ci", "--role", "operator", .. storage.Settings]);
        var again = await RunAsync(["batch", "keys", "create", "ci", "--role", "operator", .. storage.Settings]);

        Assert.Equal(2, code);
        Assert.Contains("keys create NAME", output, StringComparison.Ordinal);
        Assert.Equal((0, 5), (created.Code, again.Code));
    }

    private static async Task<(int Code, string Output)> RunAsync(params string[] args)
    {
        await using var output = new StringWriter();
        return (await CalendarProgram.RunAsync(args, output), output.ToString());
    }
}
