using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Clutch.Database.Tests.Fixtures;

/// <summary>The PostgreSQL server of a test run: the one named by CLUTCH_TEST_POSTGRES, else one of its own in a temporary folder, stopped at the end.</summary>
public sealed class PostgreSqlServer
{
    private static readonly Lazy<PostgreSqlServer> Shared = new(Start);
    private readonly string? _folder;
    private readonly string? _bin;

    private PostgreSqlServer(string? connectionString, string? absence, string? bin = null, string? folder = null)
    {
        ConnectionString = connectionString;
        Absence = absence;
        _bin = bin;
        _folder = folder;
    }

    public static PostgreSqlServer Instance => Shared.Value;

    /// <summary>How to reach it, or null where there is none.</summary>
    public string? ConnectionString { get; }

    /// <summary>Why there is none, with what to do about it.</summary>
    public string? Absence { get; }

    private static PostgreSqlServer Start()
    {
        if (Environment.GetEnvironmentVariable("CLUTCH_TEST_POSTGRES") is { Length: > 0 } given)
            return new(given, absence: null);
        if (FindBinaries() is not { } bin)
            return new(null, "No PostgreSQL server: install the package 'postgresql', or set CLUTCH_TEST_POSTGRES to a connection string.");

        var folder = Directory.CreateTempSubdirectory("clutch-pg-").FullName;
        var port = FreePort();
        var server = new PostgreSqlServer($"Host=127.0.0.1;Port={port};Database=postgres;Username=postgres;Include Error Detail=true", absence: null, bin, folder);
        server.StopWithThisProcess();
        if (IsRoot)
            Run("chown", ["postgres", folder]);
        Run(Path.Combine(bin, "initdb"), ["-D", server.Data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync", "--no-instructions"], asServerUser: true);
        Run(
            Path.Combine(bin, "pg_ctl"),
            ["-D", server.Data, "-l", Path.Combine(folder, "log"), "-w", "-o", $"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c max_connections=200 -c fsync=off", "start"],
            asServerUser: true);
        return server;
    }

    private static bool IsRoot => Environment.UserName is "root";

    private string Data => Path.Combine(_folder!, "data");

    // A process beside this one, for nothing in this one runs when it is killed.
    private void StopWithThisProcess()
    {
        var stop = $"{(IsRoot ? "runuser -u postgres -- " : string.Empty)}'{_bin}/pg_ctl' -D '{Data}' -m immediate -w stop";
        var start = new ProcessStartInfo("setsid") { WorkingDirectory = "/" };
        start.ArgumentList.Add("sh");
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add($"exec >/dev/null 2>&1 </dev/null; while kill -0 {Environment.ProcessId}; do sleep 0.5; done; {stop}; rm -rf '{_folder}'");
        Process.Start(start)!.Dispose();
    }

    private static string? FindBinaries() => Directory.Exists("/usr/lib/postgresql")
        ? Directory.GetDirectories("/usr/lib/postgresql")
            .Select(version => Path.Combine(version, "bin"))
            .Where(bin => File.Exists(Path.Combine(bin, "initdb")))
            .OrderByDescending(bin => int.TryParse(Path.GetFileName(Path.GetDirectoryName(bin)), out var version) ? version : 0)
            .FirstOrDefault()
        : null;

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    // PostgreSQL refuses to run as root. Output is not read: the server would keep the pipe open.
    private static void Run(string program, string[] arguments, bool asServerUser = false)
    {
        var asOther = asServerUser && IsRoot;
        var start = new ProcessStartInfo("/bin/sh") { WorkingDirectory = "/" };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add("exec \"$@\" >/dev/null 2>&1");
        start.ArgumentList.Add("sh");
        foreach (var argument in asOther ? ["runuser", "-u", "postgres", "--", program, .. arguments] : (string[])[program, .. arguments])
            start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"'{program} {string.Join(' ', arguments)}' ended with {process.ExitCode}.");
    }
}
