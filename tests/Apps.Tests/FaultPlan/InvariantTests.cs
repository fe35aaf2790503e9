namespace Apps.Tests.FaultPlan;

/// <summary>The judge of the fault plan is judged first: books in order pass, and each broken promise is found under its own number.</summary>
public sealed class InvariantTests
{
    private static readonly SkuName Plain = new("A01", "S1");
    private static readonly SkuName Gone = new("A01", "S2");
    private static readonly SkuName Bad = new("A02", "S3");

    private static readonly Books InOrder = new()
    {
        Source = [new(Plain, "h2", false, false), new(Gone, "h1", true, false), new(Bad, "h1", false, true)],
        Target = [new(Plain, 2, "h2", false), new(Gone, 2, null, true)],
        Ledger = [new(Plain, 1, 1), new(Gone, 1, 2), new(Plain, 2, 3), new(Gone, 2, 4)],
        Operations = [new("o1", "k1", true, 1), new("o2", "k1", false, 2)],
        Known = [new(Plain, 2, false), new(Gone, 2, true), new(Bad, 1, false)],
        Messages = [new(1, Plain, 1, "UPSERT", 5, 1), new(2, Gone, 1, "UPSERT", 3, 1), new(3, Bad, 1, "UPSERT", 4, 1), new(4, Plain, 2, "UPSERT", 3, 8), new(5, Gone, 2, "DELETE", 3, 1)],
        Changes = [new("message", 1, null, 0), new("message", 2, null, 0), new("message", 3, null, 0), new("message", 4, null, 0), new("message", 5, null, 0), new("message", 1, 0, 5)],
        Keys = new HashSet<string> { "k1" },
        KeyReusedCount = 0,
        ExplainedDuplicates = 1,
    };

    public static TheoryData<string> Numbers => ["I1", "I2", "I3", "I4", "I5", "I6", "I7", "I8", "I9", "I9b", "I10", "I11", "I12"];

    [Fact]
    public void Books_in_order_break_nothing() => Assert.Empty(Invariants.Check(InOrder));

    [Theory]
    [MemberData(nameof(Numbers))]
    public void A_broken_promise_is_found_under_its_number(string number) => Assert.Equal([number], Invariants.Check(Broken(number)).Select(violation => violation.Invariant).Distinct());

    [Theory]
    [InlineData(109, 11, 0)]
    [InlineData(50, 2, 0)]
    [InlineData(111, 10, 1)]
    [InlineData(100, 12, 1)]
    [InlineData(111, 12, 2)]
    public void Memory_and_connections_may_grow_by_a_tenth(double megabytes, int sockets, int violations) =>
        Assert.Equal(violations, Endurance.FindGrowth(new(100, 10), new(megabytes, sockets)).Count(violation => violation.Invariant == "I14"));

    [Fact]
    public void A_deleted_sku_that_lives_on_and_a_stranger_at_the_target_are_found()
    {
        var books = InOrder with { Target = [new(Plain, 2, "h2", false), new(Gone, 1, "h1", false), new(new SkuName("A09", "S1"), 1, "h1", false)] };

        Assert.Equal([Gone, new SkuName("A09", "S1")], Invariants.Check(books).Select(violation => violation.Name!.Value));
    }

    private static Books Broken(string number) => number switch
    {
        "I1" => InOrder with { Target = [new(Plain, 2, "h1", false), InOrder.Target[1]] },
        "I2" => InOrder with { Ledger = [.. InOrder.Ledger, new(Plain, 2, 5)] },
        "I3" => InOrder with { Ledger = [.. InOrder.Ledger, new(Plain, 1, 5)] },
        "I4" => InOrder with { Known = [new(Plain, 3, false), .. InOrder.Known.Skip(1)] },
        "I5" => InOrder with { Messages = [.. InOrder.Messages.SkipLast(1), InOrder.Messages[^1] with { Status = 1 }] },
        "I6" => InOrder with { Messages = [InOrder.Messages[0] with { Status = 4 }, .. InOrder.Messages.Skip(1)] },
        "I7" => InOrder with { Changes = [.. InOrder.Changes, new("message", 2, 3, 0)] },
        "I8" => InOrder with { Messages = [InOrder.Messages[0] with { Attempts = 9 }, .. InOrder.Messages.Skip(1)] },
        "I9" => InOrder with { Operations = [new("o2", "k1", false, 3)] },
        "I9b" => InOrder with { Operations = [.. InOrder.Operations, new("o3", "k2", false, 1)] },
        "I10" => InOrder with { MessagesOfNoChange = 1 },
        "I11" => InOrder with { Known = [InOrder.Known[0] with { IsDeleted = true }, .. InOrder.Known.Skip(1)] },
        "I12" => InOrder with { KeyReusedCount = 1 },
        _ => throw new ArgumentOutOfRangeException(nameof(number), number, null),
    };
}
