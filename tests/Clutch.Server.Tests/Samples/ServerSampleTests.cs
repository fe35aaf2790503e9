using System.Diagnostics;
using Clutch.Client;
using Clutch.Client.Wire;
using Clutch.Testing;

namespace Clutch.Server.Tests.Samples;

/// <summary>The sample of the guide builds, serves, runs its job for a client, and ends in order when it is asked to.</summary>
public sealed class ServerSampleTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("clutch-server-sample-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void The_code_of_the_guide_is_the_sample()
    {
        var guide = File.ReadAllText(Path.Combine(Root, "docs", "guides", "server.md"));
        var code = guide.Split("```csharp\n")[1].Split("```")[0];

        Assert.Contains(code.TrimEnd(), File.ReadAllText(Path.Combine(Root, "samples", "05-server.cs")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Its_data_lie_where_the_command_was_given() =>
        Assert.Equal(_folder, (await BuildAsync("-getProperty:RunWorkingDirectory")).Trim());

    [Fact]
    public async Task It_serves_a_job_and_ends_in_order()
    {
        // Where the SDK puts it, as for its user: a folder of its own (-o) would have all projects that it refers to compiled once more, 40 s instead of 5.
        await BuildAsync("-v", "quiet");
        var program = (await BuildAsync("-getProperty:TargetPath")).Trim();
        var address = $"http://127.0.0.1:{FreePort.Next()}";
        using var server = Start([program, "--urls", address]);
        using var client = new ClutchClient(new(address));
        await UntilAsync(async () => (await client.ListJobsAsync()).Count == 1);

        var launch = await client.LaunchAsync("count", new() { Parameters = new Dictionary<string, string> { ["numbers"] = "5000" } });
        ProgressView? last = null;
        await foreach (var progress in client.FollowAsync(launch.Execution.Id))
            last = progress;
        using (var kill = Process.Start("kill", ["-TERM", $"{server.Id}"]))
            await kill.WaitForExitAsync();
        await server.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(2));

        Assert.Equal((ExecutionStatus.Completed, 5000), (last!.Status, last.Steps[0].Counts.Written));
        Assert.Equal(0, server.ExitCode);
    }

    private static string Root
    {
        get
        {
            var folder = new DirectoryInfo(AppContext.BaseDirectory);
            while (!File.Exists(Path.Combine(folder.FullName, "Clutch.slnx")))
                folder = folder.Parent!;
            return folder.FullName;
        }
    }

    private async Task<string> BuildAsync(params string[] options)
    {
        using var process = Start(["build", Path.Combine(Root, "samples", "05-server.cs"), "-c", "Release", "-nologo", .. options]);
        var text = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, text);
        return text;
    }

    private Process Start(IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo("dotnet") { WorkingDirectory = _folder, RedirectStandardOutput = true, UseShellExecute = false };
        foreach (var name in start.Environment.Keys.Where(key => key.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase) || key.StartsWith("ASPNETCORE", StringComparison.OrdinalIgnoreCase)).ToList())
            start.Environment.Remove(name);
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        var process = Process.Start(start)!;
        if (!start.ArgumentList.Contains("build"))
        {
            process.OutputDataReceived += static (_, _) => { };
            process.BeginOutputReadLine();
        }

        return process;
    }

    private static async Task UntilAsync(Func<Task<bool>> isSo)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        while (true)
        {
            try
            {
                if (await isSo())
                    return;
            }
            catch (HttpRequestException) when (!patience.IsCancellationRequested)
            {
                // It is not there yet.
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, patience.Token);
        }
    }
}
