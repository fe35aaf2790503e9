using Clutch.Executions;
using Clutch.Jobs;

namespace Clutch.Tests.Jobs;

/// <summary>What becomes of the text of a parameter: it names the instance, so it is the same on every machine.</summary>
public sealed class ParameterTests
{
    [Theory]
    [InlineData("2026-11-22T08:00:00", "2026-11-22T08:00:00.0000000+00:00")]
    [InlineData("2026-11-22T08:00:00Z", "2026-11-22T08:00:00.0000000+00:00")]
    [InlineData("2026-11-22T08:00:00+02:00", "2026-11-22T06:00:00.0000000+00:00")]
    public void An_instant_without_an_offset_is_utc(string text, string stored) => Assert.Equal(stored, Bind<DateTimeOffset>(text).All["value"].Value);

    [Theory]
    [InlineData("2026-11-22T08:00:00", "2026-11-22T08:00:00.0000000")]
    [InlineData("2026-11-22T08:00:00Z", "2026-11-22T08:00:00.0000000Z")]
    [InlineData("2026-11-22T08:00:00+02:00", "2026-11-22T06:00:00.0000000Z")]
    public void A_date_and_time_keeps_whether_it_is_utc(string text, string stored)
    {
        var parameters = Bind<DateTime>(text);

        Assert.Equal(stored, parameters.All["value"].Value);
        Assert.Equal(stored, JobParameters.Format(parameters.Get<DateTime>("value")));
    }

    [Theory]
    [InlineData("1")]
    [InlineData("1.0")]
    [InlineData("1.00")]
    public void Zeros_at_the_end_of_a_decimal_make_no_other_instance(string text)
    {
        Assert.Equal(Bind<decimal>("1").IdentityKey, Bind<decimal>(text).IdentityKey);
        Assert.Equal(1m, Bind<decimal>(text).Get<decimal>("value"));
    }

    [Fact]
    public void What_reads_one_way_here_and_another_way_there_is_refused_in_plain_words()
    {
        Refused<decimal>("1,5", "a number such as 1234.5");
        Refused<double>("1,5", "a number such as 1234.5");
        Refused<DateOnly>("01/02/2026", "a date such as 2026-11-22");
        Refused<DateTime>("01/02/2026 08:00", "a date and time such as 2026-11-22T08:00:00");
        Refused<DateTimeOffset>("01/02/2026 08:00", "an instant such as 2026-11-22T08:00:00Z");
        Refused<int>("3000000000", "a whole number from -2147483648 to 2147483647");
    }

    [Fact]
    public void What_reads_one_way_only_is_taken()
    {
        Assert.Equal("-1.5", Bind<decimal>("-1.5").All["value"].Value);
        Assert.Equal("1500", Bind<double>("1.5e3").All["value"].Value);
        Assert.Equal("2026-02-01", Bind<DateOnly>("2026-02-01").All["value"].Value);
        Assert.Equal("2026-02-01T00:00:00.0000000+00:00", Bind<DateTimeOffset>("2026-02-01").All["value"].Value);
    }

    private static void Refused<T>(string text, string expected)
        where T : IParsable<T> => Assert.Equal($"Parameter 'value' with value '{text}' is not {expected}.", Assert.Single(Assert.Throws<JobParametersException>(() => Bind<T>(text)).Errors));

    private static JobParameters Bind<T>(string text)
        where T : IParsable<T> =>
        new JobBuilder("job").Parameter<T>("value").Build().Bind(new Dictionary<string, string>(StringComparer.Ordinal) { ["value"] = text });
}
