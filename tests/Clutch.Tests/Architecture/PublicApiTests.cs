using System.Reflection;

namespace Clutch.Tests.Architecture;

/// <summary>The public API of each package is a checked-in file: changing it is fine, changing it unseen is not.</summary>
public sealed class PublicApiTests
{
    public static TheoryData<string> Packages => [.. SourceTree.Packages];

    [Theory]
    [MemberData(nameof(Packages))]
    public void The_public_API_is_the_one_that_was_checked_in(string package)
    {
        var actual = ApiText.Of(Assembly.Load(package));
        var file = Path.Combine(SourceTree.Root, "src", package, "PublicApi.txt");
        if (Environment.GetEnvironmentVariable("CLUTCH_UPDATE_API") is "1")
            File.WriteAllText(file, actual);

        var expected = File.Exists(file) ? File.ReadAllText(file) : string.Empty;

        var (gone, added) = (Lines(expected).Except(Lines(actual)).ToList(), Lines(actual).Except(Lines(expected)).ToList());
        Assert.True(
            expected == actual,
            $"The public API of {package} is not that of src/{package}/PublicApi.txt. If it is meant so, run the tests once with CLUTCH_UPDATE_API=1 and commit the file.\n" +
            string.Join('\n', gone.Select(line => $"- {line.Trim()}").Concat(added.Select(line => $"+ {line.Trim()}"))));
    }

    private static string[] Lines(string text) => text.Split('\n');
}
