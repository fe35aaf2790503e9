using System.Diagnostics;
using Clutch.Tests.Architecture;

namespace Clutch.Tests.Packaging;

/// <summary>All packages, packed once for the tests from what is built already, and a place to use them as a stranger would: no project references, no cache of an earlier run.</summary>
public sealed class LocalFeed : IAsyncLifetime
{
#if DEBUG
    private const string Configuration = "Debug";
#else
    private const string Configuration = "Release";
#endif
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);
    private readonly string _folder = Directory.CreateTempSubdirectory("clutch-feed-").FullName;

    /// <summary>The packages.</summary>
    public string Packages => Path.Combine(_folder, "feed");

    /// <summary>An empty folder whose nuget.config knows the feed.</summary>
    public string Workplace => Path.Combine(_folder, "work");

    /// <summary>Packs the template as another version; answers the file.</summary>
    public async Task<string> PackTemplatesAsync(string version)
    {
        var folder = Path.Combine(_folder, version);
        await DotnetAsync(SourceTree.Root, "pack", "templates/Clutch.Templates", "-c", Configuration, "--no-build", "--nologo", "-o", folder, $"-p:Version={version}");
        return Path.Combine(folder, $"Clutch.Templates.{version}.nupkg");
    }

    /// <summary>Where an installed tool lies.</summary>
    public string Tools => Path.Combine(_folder, "tools");

    public async Task InitializeAsync()
    {
        Directory.CreateDirectory(Workplace);
        await File.WriteAllTextAsync(
            Path.Combine(Workplace, "nuget.config"),
            $"""<configuration><packageSources><add key="clutch" value="{Packages}" /></packageSources></configuration>""");
        await DotnetAsync(SourceTree.Root, "pack", "Clutch.slnx", "-c", Configuration, "--no-build", "--nologo", "-v", "quiet", "-o", Packages);
        await DotnetAsync(Workplace, "new", "install", PackageFile("Clutch.Templates"), "--debug:custom-hive", Hive);
    }

    public Task DisposeAsync()
    {
        Directory.Delete(_folder, recursive: true);
        return Task.CompletedTask;
    }

    /// <summary>The file of a package.</summary>
    public string PackageFile(string package) => Assert.Single(Directory.GetFiles(Packages, $"{package}.*.nupkg"), file => char.IsAsciiDigit(Path.GetFileName(file)[package.Length + 1]));

    /// <summary>Makes a project from the template; answers its folder.</summary>
    public async Task<string> CreateAsync(string template, string name, params string[] options)
    {
        await DotnetAsync(Workplace, ["new", template, "-o", name, "--debug:custom-hive", Hive, .. options]);
        return Path.Combine(Workplace, name);
    }

    /// <summary>Runs a dotnet command to its end and answers what it printed.</summary>
    public Task<string> DotnetAsync(string folder, params string[] arguments) => RunAsync("dotnet", folder, arguments);

    /// <summary>Runs a program to its end and answers what it printed.</summary>
    public async Task<string> RunAsync(string program, string folder, params string[] arguments)
    {
        using var process = Start(program, folder, arguments);
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        using var timeout = new CancellationTokenSource(Patience);
        await process.WaitForExitAsync(timeout.Token);
        Assert.True(process.ExitCode == 0, $"'{program} {string.Join(' ', arguments)}' ended with {process.ExitCode}: {await output}{await errors}");
        return await output;
    }

    /// <summary>Starts a program whose output the caller reads.</summary>
    public Process Start(string program, string folder, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        Isolate(start);
        return Process.Start(start)!;
    }

    private string Hive => Path.Combine(_folder, "hive");

    // Packages of this version are unpacked here and not into the user's cache, where they would hide those of the next run. Others come from that cache.
    private void Isolate(ProcessStartInfo start)
    {
        foreach (var name in start.Environment.Keys.Where(key => key.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase)).ToList())
            start.Environment.Remove(name);
        var cache = start.Environment.TryGetValue("NUGET_PACKAGES", out var given) && given is { Length: > 0 }
            ? given
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        start.Environment["NUGET_FALLBACK_PACKAGES"] = cache;
        start.Environment["NUGET_PACKAGES"] = Path.Combine(_folder, "cache");
        start.Environment["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1";
        start.Environment["DOTNET_NOLOGO"] = "1";
        start.Environment["DOTNET_CLI_UI_LANGUAGE"] = "en";
    }
}
