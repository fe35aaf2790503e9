using Clutch.Scheduling;
using Clutch.Scheduling.Stored;

namespace Clutch.Server.Tests.Schedules;

/// <summary>What a deployment does to schedules that are there.</summary>
public sealed class DeploymentTests
{
    private const string Program = "shop";
    private static readonly DateTimeOffset Now = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);
    private static readonly ScheduleDefinition AtTwo = new() { Name = "nightly", JobName = "import", Trigger = new ScheduleTrigger.Cron("0 2 * * *") };
    private static readonly ScheduleDefinition AtThree = AtTwo with { Trigger = new ScheduleTrigger.Cron("0 3 * * *") };
    private static readonly ScheduleDefinition AtFour = AtTwo with { Trigger = new ScheduleTrigger.Cron("0 4 * * *") };

    [Fact]
    public void A_new_schedule_is_created()
    {
        var created = Deployment.Merge(stored: null, AtTwo, Program, Now)!;

        Assert.Equal((AtTwo, ScheduleOrigin.Code, 1), (created.Definition, created.Origin, created.Revision));
        Assert.Equal("deployment", Assert.Single(created.Changes).By);
    }

    [Fact]
    public void The_same_code_again_changes_nothing() => Assert.Null(Deployment.Merge(Deployed(AtTwo), AtTwo, Program, Now));

    [Fact]
    public void Changed_code_changes_a_schedule_that_nobody_edited()
    {
        var merged = Deployment.Merge(Deployed(AtTwo), AtThree, Program, Now)!;

        Assert.Equal((AtThree, ScheduleOrigin.Code, 2), (merged.Definition, merged.Origin, merged.Revision));
        Assert.Contains("0 2 * * *", merged.Changes[0].Details, StringComparison.Ordinal);
    }

    [Fact]
    public void An_edited_schedule_stays_and_shows_what_the_code_says()
    {
        var merged = Deployment.Merge(Edited(AtThree), AtFour, Program, Now)!;

        Assert.Equal((AtThree, AtFour, ScheduleOrigin.EditedCode), (merged.Definition, merged.Code, merged.Origin));
    }

    [Fact]
    public void Code_that_comes_to_say_the_same_is_code_again()
    {
        var merged = Deployment.Merge(Edited(AtThree), AtThree, Program, Now)!;

        Assert.Equal((AtThree, ScheduleOrigin.Code), (merged.Definition, merged.Origin));
    }

    [Fact]
    public void A_deleted_schedule_stays_deleted()
    {
        var merged = Deployment.Merge(Deployed(AtTwo) with { IsDeleted = true }, AtThree, Program, Now)!;

        Assert.True(merged.IsDeleted);
        Assert.Equal(AtThree, merged.Code);
    }

    [Fact]
    public void A_schedule_created_by_hand_is_not_overwritten_by_code_of_its_name()
    {
        var byHand = Deployed(AtTwo) with { Code = null, Program = null, Origin = ScheduleOrigin.Created };

        var merged = Deployment.Merge(byHand, AtThree, Program, Now)!;

        Assert.Equal((AtTwo, ScheduleOrigin.EditedCode), (merged.Definition, merged.Origin));
    }

    [Theory]
    [InlineData(ScheduleOrigin.Code, Program, true)]
    [InlineData(ScheduleOrigin.EditedCode, Program, false)]
    [InlineData(ScheduleOrigin.Code, "another program", false)]
    public void What_the_code_no_longer_names_goes_unless_it_was_edited_or_is_another_programs(ScheduleOrigin origin, string program, bool isForgotten)
    {
        var stored = Deployed(AtTwo) with { Origin = origin, Program = program };

        Assert.Equal(isForgotten, Deployment.IsForgotten(stored, Program, new HashSet<string>(StringComparer.Ordinal) { "other" }));
    }

    [Fact]
    public void What_is_stored_comes_back_the_same()
    {
        var stored = Edited(AtThree with
        {
            Parameters = new Dictionary<string, string>(StringComparer.Ordinal) { ["date"] = "{scheduled:yyyy-MM-dd}", ["a"] = "ä\"{{" },
            TimeZone = "Europe/Berlin",
            StartsAt = Now,
            NodeLabel = "gpu",
            Description = "nightly import",
            Jitter = TimeSpan.FromSeconds(30),
        });

        var read = StoredSchedule.Read(stored.Write());

        Assert.Equal(stored.Definition, read.Definition);
        Assert.Equal(stored.Changes, read.Changes);
        Assert.Equal((stored.Code, stored.Origin, stored.Program, stored.Revision), (read.Code, read.Origin, read.Program, read.Revision));
    }

    private static StoredSchedule Deployed(ScheduleDefinition code) => Deployment.Merge(stored: null, code, Program, Now)!;

    private static StoredSchedule Edited(ScheduleDefinition definition) =>
        (Deployed(AtTwo) with { Definition = definition, Origin = ScheduleOrigin.EditedCode }).With(new(Now, "anna", "edited", null));
}
