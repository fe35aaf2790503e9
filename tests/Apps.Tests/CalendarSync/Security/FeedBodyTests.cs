using System.Text;
using CalendarSync.Feeds;

namespace Apps.Tests.CalendarSync.Security;

/// <summary>Where a long body waits until it is read.</summary>
public sealed class FeedBodyTests
{
    [SkippableFact]
    public async Task A_process_that_is_killed_leaves_no_body_behind()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "It looks at the files that the process holds open, in /proc.");
        using var body = new FeedBody(4_096);

        await body.AppendAsync(Encoding.UTF8.GetBytes(new string('x', 10_000)), CancellationToken.None);

        // A file without a name goes with its last holder, however that ends.
        Assert.Contains(OpenFiles(), file => file.Contains("/calendar-feed-", StringComparison.Ordinal) && file.EndsWith(" (deleted)", StringComparison.Ordinal));
    }

    private static IEnumerable<string> OpenFiles() =>
        new DirectoryInfo("/proc/self/fd").EnumerateFileSystemInfos().Select(descriptor => descriptor.LinkTarget).OfType<string>();
}
