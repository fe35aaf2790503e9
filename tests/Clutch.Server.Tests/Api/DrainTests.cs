using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Clutch.Server.Tests.Api;

/// <summary>How much time a process has to end.</summary>
public sealed class DrainTests
{
    [Theory]
    [InlineData(120, 125)]
    [InlineData(1, 30)]
    public void The_host_waits_longer_than_the_drain_may_take(int drainSeconds, int hostSeconds)
    {
        using var services = new ServiceCollection()
            .AddSingleton<IConfiguration>(new ConfigurationBuilder().Build())
            .AddClutchServer(options => options.DrainTimeout = TimeSpan.FromSeconds(drainSeconds))
            .BuildServiceProvider();

        Assert.Equal(TimeSpan.FromSeconds(hostSeconds), services.GetRequiredService<IOptions<HostOptions>>().Value.ShutdownTimeout);
    }
}
