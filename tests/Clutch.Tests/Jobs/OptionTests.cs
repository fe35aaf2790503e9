using Clutch.Hosting;
using Clutch.Items;
using Clutch.Jobs;
using Clutch.Launching;
using Microsoft.Extensions.DependencyInjection;

namespace Clutch.Tests.Jobs;

/// <summary>Options out of their range are refused before anything runs, in words and with exit code 2.</summary>
public sealed class OptionTests
{
    private static readonly TimeSpan Negative = TimeSpan.FromSeconds(-1);

    [Fact]
    public void A_wait_of_less_than_nothing_is_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new RestartPolicy { MaxDelay = Negative }.Validate());
        Assert.Throws<ArgumentOutOfRangeException>(() => new RetryOptions { MaxDelay = Negative }.Validate());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(101)]
    public void A_number_of_restarts_an_hour_out_of_its_range_is_refused(int restarts) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new RestartPolicy { MaxRestartsPerHour = restarts }.Validate());

    [Fact]
    public async Task A_lease_that_is_too_short_is_wrong_usage() =>
        Assert.Equal((2, "The lease duration '00:00:00' is not between 1 second and 1 hour. Set it to such a value in ClutchBuilder.Configure."), await RunAsync(options => options.LeaseDuration = TimeSpan.Zero));

    [Fact]
    public async Task A_wrong_wait_for_the_repository_is_wrong_usage_and_named()
    {
        var (code, error) = await RunAsync(options => options.RepositoryRetry = new() { MaxDelay = Negative });

        Assert.Equal((int)ExitCode.WrongUsage, code);
        Assert.StartsWith("RepositoryRetry has '-00:00:01' as its MaxDelay", error, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error);
    }

    private static async Task<(int Code, string Error)> RunAsync(Action<ClutchOptions> configure)
    {
        var services = new ServiceCollection().AddClutch(clutch => clutch.Configure(configure).AddJob("job", job => job.Step("step", (_, _) => Task.CompletedTask)));
        await using var provider = services.BuildServiceProvider();
        using var error = new StringWriter();
        var code = await ClutchCommandLine.RunClutchAsync(provider, ["run", "job"], TextWriter.Null, error, isTerminal: false);
        return (code, error.ToString().TrimEnd());
    }
}
