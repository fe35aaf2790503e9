namespace Clutch.Tests.Ical.OtherPrograms;

/// <summary>A test that needs other programs, by the names of their Debian packages. Without them it is skipped with a hint on a laptop, and fails where CI=true.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class FactNeedingAttribute : FactAttribute
{
    /// <summary>A file by which each package is known to be there.</summary>
    private static readonly Dictionary<string, string> Traces = new(StringComparer.Ordinal)
    {
        ["khal"] = "/usr/bin/khal",
        ["vdirsyncer"] = "/usr/bin/vdirsyncer",
        ["python3-icalendar"] = "/usr/lib/python3/dist-packages/icalendar/__init__.py",
        ["python3-recurring-ical-events"] = "/usr/lib/python3/dist-packages/recurring_ical_events.py",
        ["libical-dev"] = "/usr/include/libical/ical.h",
        ["gcc"] = "/usr/bin/cc",
    };

    public FactNeedingAttribute(params string[] packages)
    {
        Packages = packages;
        var missing = packages.Where(package => !File.Exists(Traces[package])).ToList();
        var mustRun = string.Equals(Environment.GetEnvironmentVariable("CI"), "true", StringComparison.OrdinalIgnoreCase);
        if (missing.Count > 0 && !mustRun) Skip = $"Install the packages {string.Join(", ", missing)} to run this test.";
    }

    public IReadOnlyList<string> Packages { get; }
}
