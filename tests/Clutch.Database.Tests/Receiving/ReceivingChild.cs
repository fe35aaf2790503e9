using System.Diagnostics;
using Clutch.Database.Tests.Fixtures;
using Clutch.Outbox.Faults;

namespace Clutch.Database.Tests.Receiving;

/// <summary>The service in a process of its own, which dies where <see cref="FailPoint.Variable"/> says.</summary>
internal sealed class ReceivingChild : IAsyncDisposable
{
    public const string Name = "receiving-child";

    private readonly Process _process;

    private ReceivingChild(Process process, string address)
    {
        _process = process;
        Client = new() { BaseAddress = new(address) };
        Client.DefaultRequestHeaders.Add("X-Caller", "me");
    }

    public HttpClient Client { get; }

    /// <summary>The child's program: serves until its input ends, so that it never outlives the test.</summary>
    public static async Task<int> RunAsync(string[] arguments)
    {
        Store store = arguments[1] == nameof(SqliteStore) ? new SqliteStore(arguments[2]) : new PostgreSqlStore(arguments[2], arguments[3]);
        await using var service = await StockService.StartAsync(store.AddRepository, configure: options => options.SliceSize = 10);
        Console.WriteLine(service.Address);
        await Console.In.ReadToEndAsync();
        return 0;
    }

    public static async Task<ReceivingChild> StartAsync(Store store, string? fault)
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        foreach (var argument in new[] { "exec", typeof(ReceivingChild).Assembly.Location, Name, store.GetType().Name }.Concat(store.Address))
            start.ArgumentList.Add(argument);
        start.Environment[FailPoint.Variable] = fault;
        var process = Process.Start(start)!;
        var address = await process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException($"The child ended with {process.ExitCode} before it served.");
        return new(process, address);
    }

    public async Task<int> WaitForEndAsync()
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await _process.WaitForExitAsync(deadline.Token);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        if (!_process.HasExited)
            _process.StandardInput.Close();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }
}
