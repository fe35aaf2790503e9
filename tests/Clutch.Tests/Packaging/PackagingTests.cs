using System.IO.Compression;
using System.Reflection.PortableExecutable;
using System.Xml.Linq;
using Clutch.Tests.Architecture;

namespace Clutch.Tests.Packaging;

/// <summary>What a stranger gets who installs Clutch.</summary>
public sealed class PackagingTests(LocalFeed feed) : IClassFixture<LocalFeed>
{
    public static TheoryData<string> Packages => [.. SourceTree.Packages];

    [Theory]
    [MemberData(nameof(Packages))]
    public void A_package_brings_readme_licence_documentation_and_symbols(string package)
    {
        using var archive = ZipFile.OpenRead(feed.PackageFile(package));

        var description = XDocument.Load(archive.GetEntry($"{package}.nuspec")!.Open()).Root!.Elements().Single();
        var values = description.Elements().ToLookup(element => element.Name.LocalName, element => element.Value);
        Assert.Equal(["Apache-2.0"], values["license"]);
        Assert.Equal(["README.md"], values["readme"]);
        Assert.NotEmpty(Assert.Single(values["description"]));
        Assert.NotNull(archive.GetEntry("README.md"));
        Assert.Contains(archive.Entries, entry => entry.Name == $"{package}.xml");
        Assert.True(HasEmbeddedSymbols(archive.Entries.First(entry => entry.Name == $"{package}.dll")), $"{package}.dll has no embedded symbols.");
    }

    [Fact]
    public async Task A_project_made_from_the_template_builds_passes_its_test_and_runs_its_job()
    {
        var folder = await feed.CreateAsync("clutch-job", "Shop");

        var tests = await feed.DotnetAsync(folder, "test", "Shop.Tests", "--nologo");
        var run = await feed.DotnetAsync(folder, "run", "--no-build", "--project", "Shop", "--", "run", "import-products", "file=Shop/products.csv");
        var letters = await feed.DotnetAsync(folder, "run", "--no-build", "--project", "Shop", "--", "dead-letters", "1");

        Assert.Contains("Passed!", tests, StringComparison.Ordinal);
        Assert.Contains("ended Completed", run, StringComparison.Ordinal);
        Assert.Contains("C,Cherry,many", letters, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_name_that_is_none_in_code_makes_a_project_that_builds()
    {
        var folder = await feed.CreateAsync("clutch-job", "my-shop");

        await feed.DotnetAsync(folder, "build", "my-shop.Tests", "--nologo");

        Assert.Contains("--project my-shop -- run import-products file=my-shop/products.csv", await File.ReadAllTextAsync(Path.Combine(folder, "README.md")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_command_line_installs_as_a_tool()
    {
        await feed.DotnetAsync(feed.Workplace, "tool", "install", "Clutch.Cli", "--tool-path", feed.Tools, "--prerelease");

        await feed.RunAsync(Path.Combine(feed.Tools, "clutch"), feed.Workplace, "--help");
    }

    [Fact]
    public void The_template_names_the_version_that_is_built()
    {
        var version = XDocument.Load(Path.Combine(SourceTree.Root, "Directory.Build.props")).Descendants("Version").Single().Value;
        var projects = Directory.GetFiles(Path.Combine(SourceTree.Root, "templates"), "*.csproj", SearchOption.AllDirectories);

        var named = projects.SelectMany(project => XDocument.Load(project).Descendants("PackageReference"))
            .Where(reference => reference.Attribute("Include")!.Value.StartsWith("Clutch.", StringComparison.Ordinal))
            .Select(reference => reference.Attribute("Version")!.Value);

        Assert.Equal([version], named.Distinct(StringComparer.Ordinal));
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
