using System.Net;
using System.Net.Sockets;
using Clutch.Client.Wire;
using Clutch.Hosting;
using Clutch.Launching;
using Clutch.Scheduling.Hosting;
using Clutch.Server.Tests.Fixtures;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Clutch.Server.Tests.CommandLine;

/// <summary>A server that cannot start says why in one line, with the exit code of docs/reference/exit-codes.md.</summary>
public sealed class ServingExitCodeTests
{
    [Fact]
    public async Task A_port_in_use_is_refused_by_its_address()
    {
        using var other = new TcpListener(IPAddress.Loopback, port: 0);
        other.Start();
        var url = $"http://127.0.0.1:{((IPEndPoint)other.LocalEndpoint).Port}";

        var (code, error) = await ServeAsync(url);

        Assert.Equal((int)ExitCode.Refused, code);
        Assert.Contains(url, error, StringComparison.Ordinal);
        Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public async Task An_address_of_another_machine_is_wrong_usage()
    {
        // TEST-NET-1 (RFC 5737): nobody has it.
        var (code, _) = await ServeAsync("http://192.0.2.1:5999", options => options.ApiKeys.Add(new() { Name = "tests", Key = TestServer.OperatorKey, Role = Role.Operator }));

        Assert.Equal((int)ExitCode.WrongUsage, code);
    }

    [Fact]
    public async Task A_schedule_that_does_not_fit_is_wrong_usage_with_its_fault()
    {
        var (code, error) = await ServeAsync("http://127.0.0.1:0", schedule: schedule => schedule.Cron("61 * * * *"));

        Assert.Equal((int)ExitCode.WrongUsage, code);
        Assert.Contains("61 * * * *", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ExitCode.Completed, "--help")]
    [InlineData(ExitCode.Completed, "--quiet", "jobs")]
    [InlineData(ExitCode.WrongUsage, "--json", "run")]
    public async Task Options_of_the_commands_never_mean_to_serve(ExitCode expected, params string[] arguments)
    {
        var (code, _) = await ServeAsync("http://127.0.0.1:0", arguments: arguments).WaitAsync(TimeSpan.FromMinutes(1));

        Assert.Equal((int)expected, code);
    }

    [Fact]
    public async Task An_option_of_the_engine_out_of_its_range_is_wrong_usage_in_one_line()
    {
        var (code, error) = await ServeAsync("http://127.0.0.1:0", engine: engine => engine.MaxRunning = 0);

        Assert.Equal((int)ExitCode.WrongUsage, code);
        Assert.Contains("MaxRunning", Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
    }

    [Fact]
    public void An_option_of_the_scheduler_out_of_its_range_is_wrong_usage_for_a_program_that_asks()
    {
        var fault = Assert.ThrowsAny<Exception>(() => new ServiceCollection().AddClutchSchedules(schedules => schedules.Configure(options => options.Slots = 0)));

        Assert.Equal(ExitCode.WrongUsage, ClutchServerCommandLine.FindExitCode(fault));
    }

    private static async Task<(int Code, string Error)> ServeAsync(
        string url, Action<ClutchServerOptions>? options = null, Action<ScheduleBuilder>? schedule = null, Action<ClutchOptions>? engine = null, string[]? arguments = null)
    {
        await using var store = await TestStore.CreateAsync(StoreKind.Sqlite);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelCore().UseUrls(url);
        store.Add(builder.Services);
        builder.Services.AddClutch(clutch =>
        {
            new TestJobs().AddTo(clutch);
            if (engine is not null)
                clutch.Configure(engine);
            if (schedule is not null)
                clutch.AddSchedule("odd", "waiting", schedule);
        });
        if (schedule is not null)
            builder.Services.AddClutchSchedules(_ => { });
        builder.Services.AddClutchServer(options);
        await using var application = builder.Build();
        application.MapClutchServer();
        using var error = new StringWriter();
        var code = await ClutchServerCommandLine.RunClutchServerAsync(application, arguments ?? [], TextReader.Null, TextWriter.Null, error);
        return (code, error.ToString());
    }
}
