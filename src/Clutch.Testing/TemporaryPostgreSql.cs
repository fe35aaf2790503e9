using System.Diagnostics;
using System.Globalization;

namespace Clutch.Testing;

/// <summary>A PostgreSQL server of one's own for tests and measurements: installed binaries, a temporary folder, a free loopback port, no password.</summary>
/// <remarks>It is stopped and its folder deleted when it is disposed, and also when this process is killed: a small shell beside it waits for that.</remarks>
public sealed class TemporaryPostgreSql : IAsyncDisposable
{
    private readonly string _binaries;
    private readonly string _folder;
    private readonly int _port;
    private readonly string _settings;

    private TemporaryPostgreSql(string binaries, string folder, int port, string settings)
    {
        _binaries = binaries;
        _folder = folder;
        _port = port;
        _settings = settings;
    }

    /// <summary>How to reach its database <c>postgres</c>.</summary>
    public string ConnectionString => string.Create(CultureInfo.InvariantCulture, $"Host=127.0.0.1;Port={_port};Database=postgres;Username=postgres;Include Error Detail=true");

    /// <summary>Arguments with which <c>psql</c> and its kin reach it.</summary>
    public IReadOnlyList<string> ClientArguments => ["-h", "127.0.0.1", "-p", _port.ToString(CultureInfo.InvariantCulture), "-U", "postgres", "-d", "postgres"];

    private static bool IsRoot => Environment.UserName is "root";

    private string Data => Path.Combine(_folder, "data");

    /// <summary>Where the newest installed server's programs are, or null where none is installed (Debian: package <c>postgresql</c>).</summary>
    public static string? FindBinaries() => Directory.Exists("/usr/lib/postgresql")
        ? Directory.GetDirectories("/usr/lib/postgresql")
            .OrderByDescending(version => int.TryParse(Path.GetFileName(version), CultureInfo.InvariantCulture, out var number) ? number : 0)
            .Select(version => Path.Combine(version, "bin"))
            .FirstOrDefault(binaries => File.Exists(Path.Combine(binaries, "initdb")))
        : null;

    /// <summary>Starts a server.</summary>
    /// <param name="settings">Further settings such as <c>fsync=off</c>; none keeps PostgreSQL's defaults.</param>
    /// <exception cref="InvalidOperationException">No server is installed, or it does not start.</exception>
    public static async Task<TemporaryPostgreSql> StartAsync(params IReadOnlyList<string> settings)
    {
        var binaries = FindBinaries() ?? throw new InvalidOperationException("No PostgreSQL server is installed: install the package 'postgresql'.");
        var folder = Directory.CreateTempSubdirectory("clutch-pg-").FullName;
        var port = FreePort.Next();
        string[] all = [$"port={port.ToString(CultureInfo.InvariantCulture)}", "listen_addresses=127.0.0.1", $"unix_socket_directories={folder}", .. settings];
        var server = new TemporaryPostgreSql(binaries, folder, port, string.Join(' ', all.Select(setting => $"-c {setting}")));
        server.EndWithThisProcess();
        if (IsRoot)
            await server.RunAsync(["chown", "postgres", folder]);
        await server.RunAsServerAsync("initdb", ["-D", server.Data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync", "--no-instructions"]);
        await server.StartAsync();
        return server;
    }

    /// <summary>Starts it again after <see cref="StopAsync"/>.</summary>
    public Task StartAsync() => RunAsServerAsync("pg_ctl", ["-D", Data, "-l", Log, "-w", "-o", _settings, "start"]);

    /// <summary>Stops it.</summary>
    /// <param name="mode"><c>fast</c> ends sessions cleanly, <c>immediate</c> is a crash, <c>smart</c> waits for clients.</param>
    public Task StopAsync(string mode = "fast") => RunAsServerAsync("pg_ctl", ["-D", Data, "-m", mode, "-w", "stop"]);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        try
        {
            if (await IsRunningAsync())
                await StopAsync("immediate");
        }
        finally
        {
            Directory.Delete(_folder, recursive: true);
        }
    }

    private string Words => Path.Combine(_folder, "words");

    private string Log => Path.Combine(_folder, "log");

    private async Task<bool> IsRunningAsync() => await TryAsync(AsServer("pg_ctl", ["-D", Data, "status"])) == 0;

    private Task RunAsServerAsync(string program, string[] arguments) => RunAsync(AsServer(program, arguments));

    // PostgreSQL refuses to run as root.
    private string[] AsServer(string program, string[] arguments) =>
        IsRoot ? ["runuser", "-u", "postgres", "--", Path.Combine(_binaries, program), .. arguments] : [Path.Combine(_binaries, program), .. arguments];

    // A process beside this one, for nothing in this one runs when it is killed.
    private void EndWithThisProcess()
    {
        var stop = $"{(IsRoot ? "runuser -u postgres -- " : string.Empty)}'{_binaries}/pg_ctl' -D '{Data}' -m immediate -w stop";
        var wait = string.Create(CultureInfo.InvariantCulture, $"while kill -0 {Environment.ProcessId} && [ -d '{_folder}' ]; do sleep 0.5; done");
        using var watcher = Process.Start(Shell("setsid", ["sh", "-c", $"exec >/dev/null 2>&1 </dev/null; {wait}; {stop}; rm -rf '{_folder}'"]));
    }

    private async Task RunAsync(string[] command)
    {
        var exitCode = await TryAsync(command);
        if (exitCode != 0)
            throw new InvalidOperationException($"'{string.Join(' ', command)}' ended with {exitCode}: {await ReadAsync(Words)}{await ReadAsync(Log)}");
    }

    // Its words go to a file: the server would keep a pipe open.
    private async Task<int> TryAsync(string[] command)
    {
        using var process = Process.Start(Shell("/bin/sh", ["-c", "words=$1; shift; exec \"$@\" >\"$words\" 2>&1", "sh", Words, .. command]))!;
        await process.WaitForExitAsync();
        return process.ExitCode;
    }

    private static async Task<string> ReadAsync(string file) => File.Exists(file) ? await File.ReadAllTextAsync(file) : string.Empty;

    private static ProcessStartInfo Shell(string program, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(program) { WorkingDirectory = "/" };
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        return start;
    }
}
