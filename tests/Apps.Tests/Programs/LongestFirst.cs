using Xunit.Abstractions;

[assembly: TestCollectionOrderer("Apps.Tests.Programs.LongestFirst", "Apps.Tests")]

namespace Apps.Tests.Programs;

/// <summary>Classes that take minutes begin first: begun last, one of them would keep all others waiting for the end.</summary>
internal sealed class LongestFirst : ITestCollectionOrderer
{
    private static readonly string[] Longest =
    [
        nameof(FaultPlan.StormTests), nameof(Demo.DemoRestartTests), nameof(SkuSync.CrashTests), nameof(CalendarSync.Batch.ImportTests), nameof(Demo.DemoTests), nameof(SkuSync.ConfigurationTests),
        nameof(CalendarSync.Batch.ProcessTests), nameof(FaultPlan.MutationTests),
    ];

    public IEnumerable<ITestCollection> OrderTestCollections(IEnumerable<ITestCollection> testCollections) => testCollections.OrderBy(Place);

    // A class without a collection of its own making is one, named after it.
    private static int Place(ITestCollection collection) =>
        Array.FindIndex(Longest, name => collection.DisplayName.EndsWith($".{name}", StringComparison.Ordinal)) is >= 0 and var place ? place : Longest.Length;
}
