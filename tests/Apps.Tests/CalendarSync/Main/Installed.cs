namespace Apps.Tests.CalendarSync.Main;

/// <summary>Real programs that some tests drive: without one a test skips on a laptop, with a hint, and fails in CI.</summary>
internal static class Installed
{
    public static string Program(string name, string package)
    {
        var path = Path.Combine("/usr/bin", name);
        var hint = $"'{name}' is missing: install the package '{package}'.";
        if (!File.Exists(path) && Environment.GetEnvironmentVariable("CI") is "true")
            Assert.Fail(hint);
        Skip.IfNot(File.Exists(path), hint);
        return path;
    }
}
