using System.Diagnostics;
using System.IO.Compression;
using System.Reflection.PortableExecutable;
using System.Text.Json;
using System.Xml.Linq;
using Clutch.Tests.Architecture;

namespace Clutch.Tests.Packaging;

/// <summary>What a stranger gets who installs Clutch.</summary>
public sealed class PackagingTests(LocalFeed feed) : IClassFixture<LocalFeed>
{
    public static TheoryData<string> Libraries => [.. SourceTree.Packages];

    public static TheoryData<string> Packages => [.. SourceTree.Packages, "Clutch.Templates"];

    [Theory]
    [MemberData(nameof(Packages))]
    public void A_package_says_what_it_is_and_brings_readme_and_licence(string package)
    {
        using var archive = ZipFile.OpenRead(feed.PackageFile(package));

        var description = XDocument.Load(archive.GetEntry($"{package}.nuspec")!.Open()).Root!.Elements().Single();
        var values = description.Elements().ToLookup(element => element.Name.LocalName, element => element.Value);
        Assert.Equal(["Apache-2.0"], values["license"]);
        Assert.Equal(["README.md"], values["readme"]);
        Assert.NotEmpty(Assert.Single(values["description"]));
        Assert.NotEmpty(Assert.Single(values["copyright"]));
        Assert.Contains("batch", Assert.Single(values["tags"]), StringComparison.Ordinal);
        Assert.NotNull(archive.GetEntry("README.md"));
    }

    [Theory]
    [MemberData(nameof(Libraries))]
    public void A_library_brings_documentation_and_symbols(string package)
    {
        using var archive = ZipFile.OpenRead(feed.PackageFile(package));

        Assert.Contains(archive.Entries, entry => entry.Name == $"{package}.xml");
        Assert.True(HasEmbeddedSymbols(archive.Entries.First(entry => entry.Name == $"{package}.dll")), $"{package}.dll has no embedded symbols.");
    }

    [Fact]
    public void The_scheduler_comes_in_the_version_whose_tables_it_makes_and_in_no_other()
    {
        using var archive = ZipFile.OpenRead(feed.PackageFile("Clutch.Quartz"));

        var description = XDocument.Load(archive.GetEntry("Clutch.Quartz.nuspec")!.Open());

        var quartz = Assert.Single(description.Descendants(), element => element.Name.LocalName == "dependency" && (string?)element.Attribute("id") == "Quartz");
        Assert.Matches(@"^\[\d+\.\d+\.\d+\]$", (string?)quartz.Attribute("version"));
    }

    [Fact]
    public async Task A_project_made_from_the_template_builds_passes_its_test_and_runs_its_job()
    {
        var folder = await feed.CreateAsync("clutch-job", "Shop");

        var tests = await feed.DotnetAsync(folder, "test", "--nologo");
        var run = await feed.DotnetAsync(folder, "run", "--no-build", "--project", "Shop", "--", "run", "import-products", "file=Shop/products.csv");
        var letters = await feed.DotnetAsync(folder, "run", "--no-build", "--project", "Shop", "--", "dead-letters", "1");

        Assert.Contains("Passed!", tests, StringComparison.Ordinal);
        Assert.Contains("ended Completed", run, StringComparison.Ordinal);
        Assert.Contains("C,Cherry,many", letters, StringComparison.Ordinal);
        Assert.Contains("*.db", await File.ReadAllLinesAsync(Path.Combine(folder, ".gitignore")));
    }

    [Fact]
    public async Task A_server_made_from_the_template_passes_its_test_runs_its_job_makes_keys_and_serves()
    {
        var folder = await feed.CreateAsync("clutch-job", "ShopServer", "--server");

        var tests = await feed.DotnetAsync(folder, "test", "--nologo");
        var run = await feed.DotnetAsync(folder, "run", "--no-build", "--project", "ShopServer", "--", "run", "import-products", "file=products.csv");
        var key = await feed.DotnetAsync(folder, "run", "--no-build", "--project", "ShopServer", "--", "keys", "create", "me", "--role", "operator");
        using var server = feed.Start("dotnet", folder, "run", "--no-build", "--project", "ShopServer", "--urls", "http://127.0.0.1:0");
        var listening = await LineWithAsync(server, "Now listening on: ");
        server.Kill(entireProcessTree: true);

        Assert.Contains("Passed!", tests, StringComparison.Ordinal);
        Assert.Contains("ended Completed", run, StringComparison.Ordinal);
        Assert.NotEmpty(key);
        Assert.Contains("http://127.0.0.1:", listening, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("my-shop")]
    [InlineData("my shop")]
    public async Task A_name_that_is_none_in_code_makes_a_project_that_builds_and_a_readme_whose_commands_name_it(string name)
    {
        var folder = await feed.CreateAsync("clutch-job", name);

        await feed.DotnetAsync(folder, "build", "--nologo");

        var readme = await File.ReadAllTextAsync(Path.Combine(folder, "README.md"));
        Assert.Contains($"--project \"{name}\" -- run import-products \"file={name}/products.csv\"", readme, StringComparison.Ordinal);
        Assert.DoesNotContain("#if", readme, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_command_line_installs_as_a_tool()
    {
        await feed.DotnetAsync(feed.Workplace, "tool", "install", "Clutch.Cli", "--tool-path", feed.Tools, "--prerelease");

        await feed.RunAsync(Path.Combine(feed.Tools, "clutch"), feed.Workplace, "--help");
    }

    [Fact]
    public void The_tool_runs_on_a_newer_runtime_where_its_own_is_not_installed()
    {
        using var archive = ZipFile.OpenRead(feed.PackageFile("Clutch.Cli"));

        var configuration = JsonDocument.Parse(archive.Entries.Single(entry => entry.Name.EndsWith(".runtimeconfig.json", StringComparison.Ordinal)).Open());

        Assert.Equal("Major", configuration.RootElement.GetProperty("runtimeOptions").GetProperty("rollForward").GetString());
    }

    [Fact]
    public async Task The_template_asks_for_the_packages_that_are_packed_with_it()
    {
        using var archive = ZipFile.OpenRead(await feed.PackTemplatesAsync("9.8.7"));

        var settings = JsonDocument.Parse(archive.Entries.Single(entry => entry.Name == "template.json").Open());

        var version = settings.RootElement.GetProperty("symbols").GetProperty("clutchVersion");
        Assert.Equal("9.8.7", version.GetProperty("parameters").GetProperty("value").GetString());
        Assert.All(TemplateReferences().Where(reference => reference.Package.StartsWith("Clutch.", StringComparison.Ordinal)), reference => Assert.Equal(version.GetProperty("replaces").GetString(), reference.Version));
    }

    [Fact]
    public void The_template_asks_for_the_versions_of_other_packages_that_we_test_with()
    {
        var ours = XDocument.Load(Path.Combine(SourceTree.Root, "Directory.Packages.props")).Descendants("PackageVersion")
            .ToDictionary(entry => entry.Attribute("Include")!.Value, entry => entry.Attribute("Version")!.Value, StringComparer.Ordinal);

        var others = TemplateReferences().Where(reference => !reference.Package.StartsWith("Clutch.", StringComparison.Ordinal)).ToList();

        Assert.NotEmpty(others);
        Assert.All(others, other => Assert.Equal(ours[other.Package], other.Version));
    }

    [Fact]
    public async Task The_same_sources_make_the_same_package_in_whatever_folder_and_by_whatever_command_they_are_packed()
    {
        // The time in the package's files, which else is that of the packing.
        const string Time = "-p:DeterministicTimestamp=1767225600";
        var one = MakeTinyProject("here");
        var other = MakeTinyProject(Path.Combine("there", "deeper"));

        await feed.DotnetAsync(one, "pack", "Tiny", "-o", "out", Time);
        await feed.DotnetAsync(other, "build", "Tiny", "-c", "Release", "-t:Pack", $"-p:PackageOutputPath={Path.Combine(other, "out")}", Time);

        Assert.Equal(await PackageBytesAsync(one), await PackageBytesAsync(other));
    }

    // A project under this repository's rules, but no git checkout: as in an unpacked archive of the sources.
    private string MakeTinyProject(string name)
    {
        var folder = Path.Combine(feed.Workplace, name);
        Directory.CreateDirectory(Path.Combine(folder, "Tiny"));
        Directory.CreateDirectory(Path.Combine(folder, "eng"));
        foreach (var rules in new[] { "Directory.Build.props", "Directory.Packages.props", Path.Combine("eng", "BannedSymbols.txt") })
            File.Copy(Path.Combine(SourceTree.Root, rules), Path.Combine(folder, rules));
        File.WriteAllText(Path.Combine(folder, "Tiny", "Tiny.csproj"), """<Project Sdk="Microsoft.NET.Sdk" />""");
        File.WriteAllText(Path.Combine(folder, "Tiny", "Greeting.cs"), "namespace Tiny;\n\npublic static class Greeting\n{\n    public static string Text => \"Hello\";\n}\n");
        return folder;
    }

    private static Task<byte[]> PackageBytesAsync(string folder) => File.ReadAllBytesAsync(Assert.Single(Directory.GetFiles(Path.Combine(folder, "out"), "*.nupkg")));

    private static IEnumerable<(string Package, string Version)> TemplateReferences() =>
        Directory.GetFiles(Path.Combine(SourceTree.Root, "templates", "Clutch.Templates", "content"), "*.csproj", SearchOption.AllDirectories)
            .SelectMany(project => XDocument.Load(project).Descendants("PackageReference"))
            .Select(reference => (reference.Attribute("Include")!.Value, reference.Attribute("Version")!.Value));

    private static async Task<string> LineWithAsync(Process process, string text)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        while (await process.StandardOutput.ReadLineAsync(patience.Token) is { } line)
        {
            if (line.Contains(text, StringComparison.Ordinal))
                return line;
        }

        throw new InvalidOperationException($"It ended without saying '{text}'.");
    }

    private static bool HasEmbeddedSymbols(ZipArchiveEntry assembly)
    {
        using var stream = assembly.Open();
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        copy.Position = 0;
        using var reader = new PEReader(copy);
        return reader.ReadDebugDirectory().Any(entry => entry.Type is DebugDirectoryEntryType.EmbeddedPortablePdb);
    }
}
