using System.Diagnostics;

namespace Clutch.Tests.Ical.OtherPrograms;

/// <summary>Runs a program to its end and takes what it prints.</summary>
internal static class OtherProgram
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    public static async Task<string> RunAsync(string program, IReadOnlyList<string> arguments, string? home = null, string? input = null)
    {
        var start = new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        start.Environment["LC_ALL"] = "C.UTF-8";
        start.Environment["TZ"] = "UTC";
        if (home is not null) start.Environment["HOME"] = start.Environment["XDG_DATA_HOME"] = start.Environment["XDG_CACHE_HOME"] = home;
        using var process = Process.Start(start)!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        using var timeout = new CancellationTokenSource(Patience);
        await process.WaitForExitAsync(timeout.Token);

        Assert.True(process.ExitCode == 0, $"'{program}' ended with {process.ExitCode}: {await errors}{await output}");
        return await output;
    }
}
