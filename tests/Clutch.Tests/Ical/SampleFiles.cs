using System.Text.Json;

namespace Clutch.Tests.Ical;

/// <summary>The sample calendars beside this file and what they are expected to say.</summary>
internal static class SampleFiles
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Ical", "Samples");

    public static IReadOnlyList<string> Names { get; } = [.. Directory.GetFiles(Folder, "*.ics").Select(Path.GetFileName).OfType<string>().Order(StringComparer.Ordinal)];

    public static TheoryData<string> Theory { get; } = [.. Names];

    public static byte[] Read(string name) => File.ReadAllBytes(Path.Combine(Folder, name));

    public static JsonElement Expected { get; } = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Folder, "expected.json"))).RootElement;
}
