using Clutch.Steps;
using Clutch.Testing;

namespace Clutch.Tests.Testing;

public sealed class FaultPlanTests
{
    [Fact]
    public void A_plan_throws_once_at_the_hit_it_names()
    {
        var plan = FaultPlan.Parse("AfterWrite:2:throw; beforewrite:1:THROW");

        plan.Reach(FaultPoint.AfterWrite);
        var fault = Assert.Throws<InjectedFaultException>(() => plan.Reach(FaultPoint.AfterWrite));
        plan.Reach(FaultPoint.AfterWrite);
        Assert.Throws<InjectedFaultException>(() => plan.Reach(FaultPoint.BeforeWrite));

        Assert.Equal(FaultPoint.AfterWrite, fault.Point);
        Assert.Equal((3, 2), (plan.HitsOf(FaultPoint.AfterWrite), plan.FiredCount));
    }

    [Theory]
    [InlineData("AfterWrite")]
    [InlineData("AfterWrite:0:kill")]
    [InlineData("AfterWrite:x:kill")]
    [InlineData("AfterLunch:1:kill")]
    [InlineData("AfterWrite:1:wait")]
    public void A_plan_that_cannot_be_read_is_refused_with_the_points_there_are(string text)
    {
        var fault = Assert.Throws<FormatException>(() => FaultPlan.Parse(text));

        Assert.Contains($"'{text}' is no fault", fault.Message, StringComparison.Ordinal);
        Assert.Contains("AfterCommit", fault.Message, StringComparison.Ordinal);
    }
}
