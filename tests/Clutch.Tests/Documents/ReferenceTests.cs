using System.Globalization;
using System.Text.RegularExpressions;
using Clutch.Hosting;
using Clutch.Tests.Architecture;

namespace Clutch.Tests.Documents;

/// <summary>The reference pages leave nothing out: what the sources name stands there.</summary>
public sealed partial class ReferenceTests
{
    // What a command line reads has other names there, and the options of chunks and skips are set by the builder's methods.
    private static readonly HashSet<string> NotSetByName = ["apps/Demo/DemoOptions.cs", "apps/Simulators/SimulatorOptions.cs", "src/Clutch/Steps/ChunkOptions.cs", "src/Clutch/Items/SkipOptions.cs"];

    public static TheoryData<string> OptionFiles =>
        [.. SourceFiles("*Options.cs").Where(file => !NotSetByName.Contains(file)), "src/Clutch.Ical/Reading/ReadLimits.cs", "src/Clutch/Jobs/RestartPolicy.cs"];

    [Theory]
    [MemberData(nameof(OptionFiles))]
    public void Each_option_is_told(string file)
    {
        var told = new[] { "reference/options", "guides/sku-sync", "guides/fault-plan", "guides/calendar-service" }.SelectMany(page => WordsInCode(Document.Read($"docs/{page}.md").Text)).ToHashSet(StringComparer.Ordinal);

        var missing = Setting().Matches(ReadSource(file)).Select(match => match.Groups["name"].Value).Where(name => !told.Contains(name)).ToList();

        Assert.Empty(missing);
    }

    [Fact]
    public void Each_instrument_is_told()
    {
        var pages = string.Concat(new[] { "reference/telemetry", "guides/http", "guides/receiving" }.Select(page => Document.Read($"docs/{page}.md").Text));

        var names = SourceFiles("*.cs").SelectMany(file => Instrument().Matches(ReadSource(file))).Select(match => match.Groups["name"].Value).ToList();

        Assert.NotEmpty(names);
        Assert.All(names, name => Assert.True(IsTold(name, pages), name));
    }

    [Fact]
    public void Each_id_of_a_log_message_is_told_and_used_once()
    {
        var told = LogIds().Matches(Document.Read("docs/reference/telemetry.md").Text).Select(match => (First: Number(match, "first"), Last: Number(match, match.Groups["last"].Success ? "last" : "first"))).ToList();
        var ids = SourceFiles("*.cs").SelectMany(file => LogMessage().Matches(ReadSource(file))).Select(match => Number(match, "id")).ToList();

        Assert.NotEmpty(ids);
        Assert.Equal(ids.Distinct().Count(), ids.Count);
        Assert.All(ids, id => Assert.Contains(told, range => id >= range.First && id <= range.Last));
    }

    [Fact]
    public void Each_exit_code_is_told()
    {
        var page = Document.Read("docs/reference/exit-codes.md").Text;

        Assert.All(Enum.GetValues<ExitCode>(), code => Assert.Contains($"| {(int)code} | {code} |", page, StringComparison.Ordinal));
    }

    /// <summary>A name as it stands, or as the rest of the name before it: <c>`clutch.outbox.claim.duration`, `.size`</c>.</summary>
    private static bool IsTold(string name, string pages) =>
        pages.Contains($"`{name}`", StringComparison.Ordinal)
        || (pages.Contains($"`{name[name.LastIndexOf('.')..]}`", StringComparison.Ordinal) && pages.Contains($"`{name[..name.LastIndexOf('.')]}.", StringComparison.Ordinal));

    private static IEnumerable<string> WordsInCode(string page) => Code().Matches(page).SelectMany(match => Word().Matches(match.Value)).Select(match => match.Value);

    private static IEnumerable<string> SourceFiles(string pattern) => new[] { "src", "apps" }
        .SelectMany(folder => Directory.GetFiles(Path.Combine(SourceTree.Root, folder), pattern, SearchOption.AllDirectories))
        .Select(file => Path.GetRelativePath(SourceTree.Root, file).Replace('\\', '/'))
        .Where(file => !BuildOutput().IsMatch(file))
        .Order(StringComparer.Ordinal);

    private static int Number(Match match, string group) => int.Parse(match.Groups[group].Value, CultureInfo.InvariantCulture);

    private static string ReadSource(string file) => File.ReadAllText(Path.Combine(SourceTree.Root, file));

    [GeneratedRegex(@"^    public (?!static|const|override|sealed|class|enum|record|required)[^(\n]+? (?<name>\w+)(?= \{ get;|\s*\r?\n    \{\r?\n        get)", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex Setting();

    [GeneratedRegex("""\.Create\w+(?:<\w+>)?\(\s*"(?<name>clutch\.[\w.]+)""", RegexOptions.ExplicitCapture)]
    private static partial Regex Instrument();

    [GeneratedRegex(@"\[LoggerMessage\((?<id>\d+),", RegexOptions.ExplicitCapture)]
    private static partial Regex LogMessage();

    [GeneratedRegex(@"\b(?<first>[1-9]\d{3})(?:-(?<last>\d{4}))?\b", RegexOptions.ExplicitCapture)]
    private static partial Regex LogIds();

    [GeneratedRegex("`[^`\n]+`")]
    private static partial Regex Code();

    [GeneratedRegex(@"\w+")]
    private static partial Regex Word();

    [GeneratedRegex(@"(?:^|/)(?:bin|obj)/")]
    private static partial Regex BuildOutput();
}
