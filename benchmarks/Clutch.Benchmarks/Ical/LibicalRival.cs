using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace Clutch.Benchmarks.Ical;

/// <summary>libical doing the same work in a process of its own, which does it twice and times the second: by then it has its memory from the system.</summary>
internal sealed class LibicalRival : IDisposable
{
    private readonly string _folder;

    private LibicalRival(string folder) => _folder = folder;

    private string Program => Path.Combine(_folder, "speed");

    private string Feed => Path.Combine(_folder, "feed.ics");

    /// <summary>Compiles the rival; null where libical or a C compiler is missing.</summary>
    public static LibicalRival? TryBuild(byte[] feed)
    {
        var rival = new LibicalRival(Directory.CreateTempSubdirectory("clutch-libical-").FullName);
        if (rival.TryCompile(feed)) return rival;

        rival.Dispose();
        return null;
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    public async Task<Measurement> RunAsync(string work, int events)
    {
        using var process = Process.Start(new ProcessStartInfo(Program, [Feed, work, events.ToString(CultureInfo.InvariantCulture)]) { UseShellExecute = false, RedirectStandardOutput = true })!;
        var printed = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"libical did not {work} the calendar: its program ended with {process.ExitCode}.");
        return new(double.Parse(printed, CultureInfo.InvariantCulture), events);
    }

    private bool TryCompile(byte[] feed)
    {
        var source = Path.Combine(_folder, "speed.c");
        File.WriteAllText(source, Source);
        File.WriteAllBytes(Feed, feed);
        try
        {
            using var compiler = Process.Start("cc", ["-O2", "-o", Program, source, "-lical"]);
            compiler.WaitForExit();
            return compiler.ExitCode == 0;
        }
        catch (Win32Exception)
        {
            return false;
        }
    }

    private const string Source = """
        #include <libical/ical.h>
        #include <malloc.h>
        #include <stdio.h>
        #include <stdlib.h>
        #include <string.h>
        #include <time.h>

        static double now(void) { struct timespec t; clock_gettime(CLOCK_MONOTONIC, &t); return t.tv_sec + t.tv_nsec / 1e9; }

        int main(int argc, char **argv)
        {
            FILE *file = fopen(argv[1], "rb");
            fseek(file, 0, SEEK_END);
            long length = ftell(file);
            rewind(file);
            char *text = malloc(length + 1);
            if (fread(text, 1, length, file) != (size_t)length) return 1;
            text[length] = 0;

            /* What is freed stays with the process. */
            mallopt(M_TRIM_THRESHOLD, -1);
            mallopt(M_MMAP_MAX, 0);

            int writes = strcmp(argv[2], "write") == 0;
            double seconds = 0;
            icalcomponent *calendar = NULL;
            for (int round = 0; round < (writes ? 1 : 2); round++)
            {
                if (calendar) icalcomponent_free(calendar);
                double started = now();
                calendar = icalparser_parse_string(text);
                seconds = now() - started;
            }
            if (icalcomponent_count_components(calendar, ICAL_VEVENT_COMPONENT) != atol(argv[3])) return 2;

            for (int round = 0; writes && round < 2; round++)
            {
                double started = now();
                char *written = icalcomponent_as_ical_string_r(calendar);
                seconds = now() - started;
                if (strlen(written) < (size_t)length / 2) return 3;
                free(written);
            }
            printf("%f\n", seconds);
            return 0;
        }
        """;
}
