using Clutch.Steps;
using Clutch.Testing;
using FsCheck;
using FsCheck.Fluent;

namespace Clutch.Database.Tests.Engine;

/// <summary>A random run of a number job: its input, what goes wrong with which item, and at which fault points its first executions break.</summary>
public sealed record Scenario
{
    public required int Count { get; init; }

    public required int ChunkSize { get; init; }

    public required int Concurrency { get; init; }

    /// <summary>How many partitions; 0 for none.</summary>
    public required int Partitions { get; init; }

    public required WriteFaultStyle Style { get; init; }

    public required IReadOnlyList<int> Rejected { get; init; }

    public required IReadOnlyList<int> Filtered { get; init; }

    public required IReadOnlyList<int> BadInProcessing { get; init; }

    public required IReadOnlyList<int> BadInWriting { get; init; }

    /// <summary>Items that fail once or twice for the moment, by phase.</summary>
    public required IReadOnlyList<(int Item, int Times)> PassingInReading { get; init; }

    public required IReadOnlyList<(int Item, int Times)> PassingInProcessing { get; init; }

    public required IReadOnlyList<(int Item, int Times)> PassingInWriting { get; init; }

    public required int? Limit { get; init; }

    /// <summary>One fault for each of the first executions.</summary>
    public required IReadOnlyList<(FaultPoint Point, int Hit)> Faults { get; init; }

    public static Arbitrary<Scenario> Arbitrary { get; } = (
        from count in Gen.Choose(0, 60)
        from chunkSize in Gen.Choose(1, 17)
        from concurrency in Gen.Elements(1, 2, 4)
        from partitions in Gen.Elements(0, 0, 1, 3)
        from style in Gen.Elements(Enum.GetValues<WriteFaultStyle>())
        from rejected in ItemsOf(count, most: 4)
        from filtered in ItemsOf(count, most: 12)
        from inProcessing in ItemsOf(count, most: 5)
        from inWriting in ItemsOf(count, most: 5)
        from passingInReading in PassingOf(count, most: 2)
        from passingInProcessing in PassingOf(count, most: 4)
        from passingInWriting in PassingOf(count, most: 3)
        from limit in Gen.Choose(-8, 12)
        from faultCount in Gen.Choose(0, 5)
        from faults in Gen.ArrayOf(FaultOf(), faultCount)
        select new Scenario
        {
            Count = count,
            ChunkSize = chunkSize,
            Concurrency = concurrency,
            Partitions = partitions,
            Style = style,
            Rejected = rejected,
            Filtered = filtered,
            BadInProcessing = inProcessing,
            BadInWriting = inWriting,
            PassingInReading = passingInReading,
            PassingInProcessing = [.. passingInProcessing.Where(item => !inProcessing.Contains(item.Item))],
            PassingInWriting = [.. passingInWriting.Where(item => !inWriting.Contains(item.Item))],
            // Which of several partitions meets the limit depends on their race: the model knows only one order.
            Limit = limit < 0 || partitions > 0 ? null : limit,
            Faults = faults,
        }).ToArbitrary();

    public override string ToString() =>
        $"{Count} items in chunks of {ChunkSize}, concurrency {Concurrency}, {Partitions} partitions, {Style}, limit {Limit?.ToString() ?? "none"}; " +
        $"rejected {Text(Rejected)}, filtered {Text(Filtered)}, bad in processing {Text(BadInProcessing)}, in writing {Text(BadInWriting)}; " +
        $"passing in reading {Text(PassingInReading)}, in processing {Text(PassingInProcessing)}, in writing {Text(PassingInWriting)}; faults {Text(Faults)}";

    private static string Text<T>(IEnumerable<T> items) => $"[{string.Join(' ', items)}]";

    private static Gen<int[]> ItemsOf(int count, int most) => count == 0
        ? Gen.Constant(Array.Empty<int>())
        : from length in Gen.Choose(0, most)
          from items in Gen.ArrayOf(Gen.Choose(1, count), length)
          select items.Distinct().Order().ToArray();

    private static Gen<(int Item, int Times)[]> PassingOf(int count, int most) =>
        from items in ItemsOf(count, most)
        from times in Gen.ArrayOf(Gen.Choose(1, 2), items.Length)
        select items.Zip(times).ToArray();

    private static Gen<(FaultPoint Point, int Hit)> FaultOf() =>
        from point in Gen.Elements(Enum.GetValues<FaultPoint>())
        from hit in Gen.Choose(1, 6)
        select (point, hit);
}
