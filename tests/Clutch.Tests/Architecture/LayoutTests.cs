namespace Clutch.Tests.Architecture;

/// <summary>Who may know whom: arrows only point down. What is drawn here is the plan of the house; a new package or room gets its line with its first code.</summary>
public sealed class LayoutTests
{
    private static readonly Dictionary<string, string[]> ProjectArrows = new(StringComparer.Ordinal)
    {
        ["Clutch"] = [],
        ["Clutch.Client"] = [],
        ["Clutch.Ical"] = [],
        ["Clutch.Relational"] = ["Clutch"],
        ["Clutch.Files"] = ["Clutch"],
        ["Clutch.Http"] = ["Clutch"],
        ["Clutch.Quartz"] = ["Clutch"],
        ["Clutch.Testing"] = ["Clutch"],
        ["Clutch.Server"] = ["Clutch", "Clutch.Client", "Clutch.Relational", "Clutch.Outbox"],
        ["Clutch.Cli"] = ["Clutch.Client"],
        ["Clutch.PostgreSql"] = ["Clutch.Relational"],
        ["Clutch.Sqlite"] = ["Clutch.Relational"],
        ["Clutch.Outbox"] = ["Clutch.Relational", "Clutch.Http"],
    };

    private static readonly Dictionary<string, string[]> RoomArrows = new(StringComparer.Ordinal)
    {
        ["Executions"] = [],
        ["Items"] = ["Executions"],
        ["Repository"] = ["Executions", "Items"],
        ["Telemetry"] = ["Executions", "Items"],
        ["Scheduling"] = ["Executions"],
        ["Steps"] = ["Executions", "Items", "Repository", "Telemetry"],
        ["Jobs"] = ["Executions", "Items", "Repository", "Telemetry", "Steps"],
        ["Launching"] = ["Executions", "Items", "Repository", "Telemetry", "Steps", "Jobs"],
        ["Hosting"] = ["Executions", "Items", "Repository", "Telemetry", "Steps", "Jobs", "Launching"],
    };

    public static TheoryData<string> Packages => [.. SourceTree.Packages];

    public static TheoryData<string> Rooms =>
        [.. Directory.GetDirectories(Path.Combine(SourceTree.Root, "src", "Clutch")).Select(folder => Path.GetFileName(folder)).Where(name => name is not ("bin" or "obj"))];

    [Theory]
    [MemberData(nameof(Packages))]
    public void A_package_refers_only_to_packages_on_lower_floors(string package)
    {
        Assert.True(ProjectArrows.TryGetValue(package, out var allowed), $"The plan has no package '{package}': give it a line here, and a reason to exist.");

        Assert.Empty(SourceTree.ProjectReferencesOf(package).Except(allowed, StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Rooms))]
    public void A_room_of_the_engine_knows_only_the_rooms_below_it(string room)
    {
        Assert.True(RoomArrows.TryGetValue(room, out var allowed), $"The plan has no room '{room}' in the engine: give it a line here.");

        Assert.Empty(SourceTree.RoomsNamedIn(room, RoomArrows.Keys).Except(allowed, StringComparer.Ordinal));
    }

    [Fact]
    public void The_engine_refers_to_abstractions_and_polly_only()
    {
        var references = SourceTree.PackageReferencesOf("Clutch");

        // Polly.Core is the one exception: docs/decisions/0002-polly-in-the-engine.md.
        Assert.All(references, reference => Assert.True(
            reference == "Polly.Core" || (reference.StartsWith("Microsoft.Extensions.", StringComparison.Ordinal) && reference.EndsWith(".Abstractions", StringComparison.Ordinal)),
            $"The engine must not refer to '{reference}': no database, no web, no file format."));
    }

    [Fact]
    public void The_test_kit_refers_to_no_test_framework() => Assert.Equal(["Microsoft.Extensions.DependencyInjection"], SourceTree.PackageReferencesOf("Clutch.Testing"));
}
