using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Apps.Tests.Programs;
using Microsoft.Data.Sqlite;

namespace Apps.Tests.Demo;

/// <summary>A data folder with three ports of its own, and the demo on it.</summary>
internal sealed class DemoFolder : IDisposable
{
    private readonly string _folder = CreateFolder();

    public int Port { get; } = FindPorts();

    /// <summary>Starts the demo in a small size, in a process of its own.</summary>
    public RunningProgram Start(params string[] options) => StartAt(Port, options);

    /// <summary>Starts the demo in a small size at another port.</summary>
    /// <remarks>
    /// The environment names a proxy where nobody listens: what stays on the loopback must not go there. It names settings that another program may have, as the working folder's file does: they must not rule the demo.
    /// </remarks>
    public RunningProgram StartAt(int port, params string[] options) => RunningProgram.Start(
        "Demo",
        _folder,
        ArgumentsOf(port, options),
        new Dictionary<string, string>
        {
            ["http_proxy"] = "http://127.0.0.1:1",
            ["no_proxy"] = string.Empty,
            ["ROLES"] = "web",
            ["SEED"] = "7",
            ["WORKERS"] = "1",
            ["Sku__SwitchedOff"] = "true",
            ["ASPNETCORE_URLS"] = "http://127.0.0.1:1",
        });

    /// <summary>A file of the data folder.</summary>
    public string PathOf(string name) => Path.GetFullPath(Path.Combine(_folder, "data", name));

    /// <summary>Writes a file of the data folder before the demo begins.</summary>
    public async Task WriteAsync(string name, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(PathOf(name))!);
        await File.WriteAllTextAsync(PathOf(name), text);
    }

    /// <summary>Changes rows of a SQLite file behind the demo's back; each statement must meet some.</summary>
    public async Task ChangeAsync(string file, params string[] statements)
    {
        await using var connection = new SqliteConnection($"Data Source={PathOf(file)};Pooling=False");
        await connection.OpenAsync();
        foreach (var statement in statements)
        {
            await using var command = connection.CreateCommand();
            command.CommandText = statement;
            Assert.True(await command.ExecuteNonQueryAsync() > 0, statement);
        }
    }

    /// <summary>Runs it to its end, which must be a good one with nothing lost and nothing doubled; answers its output.</summary>
    public async Task<string> RunWellAsync(params string[] options)
    {
        var (exitCode, output) = await RunAsync(["--exit", .. options]);
        AssertWell(exitCode, output);
        return output;
    }

    /// <summary>Runs it to its end; answers its exit code and its output.</summary>
    public Task<(int ExitCode, string Output)> RunAsync(params string[] options) => InProcess.RunAsync("Demo", ArgumentsOf(Port, options));

    /// <summary>Its end was a good one with nothing lost and nothing doubled.</summary>
    public static void AssertWell(int exitCode, string output)
    {
        Assert.True(exitCode == 0, $"The demo ended with {exitCode}:\n{output}");
        Assert.Equal(["0", "0"], Row(output, "lost"));
        Assert.Equal(["0", "0"], Row(output, "doubled"));
    }

    /// <summary>A row of the printed table: calendars, SKUs.</summary>
    public static string[] Row(string output, string name) =>
        [.. output.Split('\n').Single(line => line.StartsWith($"│ {name} ", StringComparison.Ordinal)).Split('│', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Skip(1)];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string[] ArgumentsOf(int port, string[] options) => ["--skus", "2000", "--calendars", "100", "--data", PathOf("."), "--port", port.ToString(CultureInfo.InvariantCulture), .. options];

    private static string CreateFolder()
    {
        var folder = Directory.CreateTempSubdirectory("clutch-demo-").FullName;
        File.WriteAllText(Path.Combine(folder, "appsettings.json"), """{ "Kestrel": { "Endpoints": { "Own": { "Url": "http://127.0.0.1:1" } } }, "Calendar": { "Import": { "Tick": "never" } } }""");
        return folder;
    }

    // Three in a row that are free at this moment; other tests look elsewhere.
    private static int FindPorts()
    {
        while (true)
        {
#pragma warning disable CA5394 // Any three will do.
            var port = Random.Shared.Next(20_000, 32_000);
#pragma warning restore CA5394
            if (Enumerable.Range(port, 3).All(IsFree))
                return port;
        }
    }

    private static bool IsFree(int port)
    {
        using var probe = new TcpListener(IPAddress.Loopback, port);
        try
        {
            probe.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
