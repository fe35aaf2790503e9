using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Apps.Tests.Programs;

namespace Apps.Tests.Simulators;

/// <summary>Wrong settings of the simulators are told in words, all at once, and end them before they listen.</summary>
public sealed class SettingTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("simulators-").FullName;

    [Theory]
    [InlineData("'--skus' takes a whole number from 0 on, not 'abc'.", "--skus", "abc")]
    [InlineData("'--skus' takes a whole number from 0 on, not '-5'.", "--skus", "-5")]
    [InlineData("'--workers' takes a whole number from 1 on, not '0'.", "--workers", "0")]
    [InlineData("'--roles' takes some of stock,fulfilment,calendars, not 'stok'.", "--roles", "stok")]
    [InlineData("'--time-scale' takes a number from 0 on, not 'NaN'.", "--time-scale", "NaN")]
    [InlineData("'--version-guard' takes one of on, off, not 'no'.", "--version-guard", "no")]
    [InlineData("'--seed' takes a whole number, not '1.5'.", "--seed=1.5")]
    [InlineData("'--sku' is no setting of the simulators.", "--sku", "5")]
    [InlineData("'5' is no setting of the simulators.", "5")]
    [InlineData("'--skus' needs a value.", "--skus")]
    [InlineData("'--behaviours' says 'Slow:1', which cannot be read.", "--behaviours", "Slow:1")]
    [InlineData("'--faults' names '/nowhere.json', which cannot be read:", "--faults", "/nowhere.json")]
    public async Task A_wrong_setting_is_told(string message, params string[] settings)
    {
        var (exitCode, output) = await RunAsync(settings);

        Assert.Equal(2, exitCode);
        Assert.StartsWith(message, output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task All_that_is_wrong_is_told_at_once()
    {
        var (_, output) = await RunAsync("--skus", "abc", "--feeds", "x", "--sku", "5");

        Assert.Contains("'--skus' takes", output, StringComparison.Ordinal);
        Assert.Contains("'--feeds' takes", output, StringComparison.Ordinal);
        Assert.Contains("'--sku' is no setting", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_address_in_use_is_told()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var address = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{((IPEndPoint)other.LocalEndpoint).Port}");

        var (exitCode, output) = await RunAsync("--urls", address);

        Assert.Equal(5, exitCode);
        Assert.Contains($"Failed to bind to address {address}: address already in use. Give another one:", output, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private Task<(int ExitCode, string Output)> RunAsync(params string[] settings) => InProcess.RunAsync("Simulators", ["--data", _folder, .. settings]);
}
