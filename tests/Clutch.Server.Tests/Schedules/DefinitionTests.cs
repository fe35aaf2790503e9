using System.Globalization;
using Clutch.Scheduling;
using Clutch.Scheduling.Hosting;
using Clutch.Scheduling.Times;
using Microsoft.Extensions.Configuration;

namespace Clutch.Server.Tests.Schedules;

/// <summary>What a definition may say, and how it is read.</summary>
public sealed class DefinitionTests
{
    private static readonly TimeZoneInfo Berlin = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");

    [Theory]
    [InlineData("fixed", "fixed")]
    [InlineData("{scheduled}", "2027-03-28T22:30:00.0000000+00:00")]
    [InlineData("{scheduled:yyyy-MM-dd}", "2027-03-29")] // 00:30 in Berlin is the next day already
    [InlineData("{scheduled-1d:yyyy-MM-dd}", "2027-03-28")]
    [InlineData("{scheduled-2h:yyyy-MM-dd HH:mm}", "2027-03-28 22:30")]
    [InlineData("{schedule}-{scheduled:yyyyMMdd}.csv", "nightly-20270329.csv")]
    [InlineData("{{literal}}", "{literal}")]
    public void A_parameter_is_computed_from_the_scheduled_time(string template, string expected) =>
        Assert.Equal(expected, ParameterTemplate.Expand(template, "nightly", Instant("2027-03-28T22:30Z"), Berlin));

    [Theory]
    [InlineData("{when}")]
    [InlineData("{scheduled-1w:yyyy}")]
    [InlineData("{scheduled")]
    [InlineData("}")]
    public void What_is_no_template_is_refused(string template) =>
        Assert.Throws<FormatException>(() => ParameterTemplate.Expand(template, "nightly", Instant("2027-03-28T22:30Z"), Berlin));

    [Theory]
    [InlineData("30 2 * * *", "at 02:30 every day (Europe/Berlin)")]
    [InlineData("30 2 * * 1-5", "at 02:30, Monday to Friday (Europe/Berlin)")]
    [InlineData("0 8 * * MON,WED", "at 08:00, Monday, Wednesday (Europe/Berlin)")]
    [InlineData("*/15 * * * *", "every 15 minutes (Europe/Berlin)")]
    [InlineData("5 * * * *", "at minute 5 of every hour (Europe/Berlin)")]
    [InlineData("0 6 1 * *", "at 06:00 on day 1 of the month (Europe/Berlin)")]
    [InlineData("0 0 6 L * ?", "at 06:00 on the last day of the month (Europe/Berlin)")]
    [InlineData("*/10 * * * * ?", "every 10 seconds (Europe/Berlin)")]
    [InlineData("0 6 13 * 5", "at the times of '0 6 13 * 5' (Europe/Berlin)")]
    public void A_cron_expression_is_said_in_words(string expression, string words) => Assert.Equal(words, TriggerWords.Of(Cron(expression)));

    [Fact]
    public void Spread_puts_all_firings_off_by_the_same_and_jitter_by_different_spans()
    {
        var spread = new FiringTimes(Cron("0 2 * * *") with { Spread = TimeSpan.FromHours(1) });
        var jitter = new FiringTimes(Cron("0 2 * * *") with { Jitter = TimeSpan.FromMinutes(10) });
        var nights = Enumerable.Range(0, 20).Select(day => Instant("2027-01-01T01:00Z").AddDays(day)).ToList();

        var spreads = nights.Select(night => spread.DueAt(night) - night).Distinct().ToList();
        var jitters = nights.Select(night => jitter.DueAt(night) - night).ToList();

        Assert.InRange(Assert.Single(spreads), TimeSpan.FromSeconds(1), TimeSpan.FromHours(1));
        Assert.All(jitters, delay => Assert.InRange(delay, TimeSpan.Zero, TimeSpan.FromMinutes(10)));
        Assert.True(jitters.Distinct().Count() > 10);
        Assert.Equal(jitters[3], new FiringTimes(Cron("0 2 * * *") with { Jitter = TimeSpan.FromMinutes(10) }).DueAt(nights[3]) - nights[3]);
    }

    [Fact]
    public void Configuration_is_read_whole()
    {
        var section = Section(
            ("nightly:Job", "import"), ("nightly:Cron", "0 2 * * *"), ("nightly:TimeZone", "Europe/Berlin"), ("nightly:Parameters:date", "{scheduled:yyyy-MM-dd}"),
            ("nightly:Misfire", "skip"), ("nightly:Overlap", "Wait"), ("nightly:Jitter", "00:05:00"));

        var definition = Assert.Single(ScheduleConfiguration.Read(section));

        Assert.Equal(
            Cron("0 2 * * *") with
            {
                Parameters = new Dictionary<string, string>(StringComparer.Ordinal) { ["date"] = "{scheduled:yyyy-MM-dd}" },
                Misfire = MisfireRule.Skip,
                Overlap = OverlapRule.Wait,
                Jitter = TimeSpan.FromMinutes(5),
            },
            definition);
    }

    [Fact]
    public void All_faults_of_a_configured_schedule_are_told_at_once()
    {
        var section = Section(("nightly:Corn", "0 2 * * *"), ("nightly:Misfire", "later"), ("nightly:Jitter", "soon"));

        var fault = Assert.Throws<ScheduleDefinitionException>(() => ScheduleConfiguration.Read(section));

        Assert.Equal(5, fault.Errors.Count); // Corn, no Job, no Cron, Misfire, Jitter
    }

    private static ScheduleDefinition Cron(string expression) => new()
    {
        Name = "nightly",
        JobName = "import",
        Trigger = new ScheduleTrigger.Cron(expression),
        TimeZone = "Europe/Berlin",
    };

    private static IConfiguration Section(params (string Key, string Value)[] values) =>
        new ConfigurationBuilder().AddInMemoryCollection(values.Select(value => KeyValuePair.Create(value.Key, (string?)value.Value))).Build();

    private static DateTimeOffset Instant(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);
}
