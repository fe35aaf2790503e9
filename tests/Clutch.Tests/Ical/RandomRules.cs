using Clutch.Ical.Recurrence;
using NodaTime;

namespace Clutch.Tests.Ical;

/// <summary>Rules made by chance: each part now and then, alone and together with others, sense or not.</summary>
internal sealed class RandomRules(Random random)
{
    public RecurrenceRule Next()
    {
        var frequency = (RecurrenceFrequency)random.Next(7);
        var rule = new RecurrenceRule
        {
            Frequency = frequency,
            Interval = random.Next(3) == 0 ? random.Next(1, frequency >= RecurrenceFrequency.Minutely ? 500 : 5) : 1,
            ByMonth = Numbers(4, 1, 12, isSigned: false),
            ByMonthDay = Numbers(4, 1, 31, isSigned: true),
            ByYearDay = Numbers(10, 1, 366, isSigned: true),
            ByWeekNumber = Numbers(8, 1, 53, isSigned: true),
            ByDay = Weekdays(frequency),
            ByHour = Numbers(5, 0, 23, isSigned: false),
            ByMinute = Numbers(6, 0, 59, isSigned: false),
            BySecond = Numbers(8, 0, 59, isSigned: false),
            WeekStart = random.Next(3) == 0 ? (IsoDayOfWeek)random.Next(1, 8) : IsoDayOfWeek.Monday,
        };
        return random.Next(4) == 0 ? rule with { BySetPosition = [.. Some(1, 6, isSigned: true)] } : rule;
    }

    private int[] Numbers(int oneIn, int least, int most, bool isSigned) => random.Next(oneIn) == 0 ? [.. Some(least, most, isSigned)] : [];

    private IEnumerable<int> Some(int least, int most, bool isSigned) =>
        Enumerable.Range(0, random.Next(1, 4)).Select(_ => random.Next(least, most + 1) * (isSigned && random.Next(3) == 0 ? -1 : 1)).ToArray();

    private WeekdayRule[] Weekdays(RecurrenceFrequency frequency)
    {
        if (random.Next(3) != 0) return [];
        return [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => new WeekdayRule((IsoDayOfWeek)random.Next(1, 8), random.Next(2) == 0 ? 0 : Ordinal(frequency)))];
    }

    private int Ordinal(RecurrenceFrequency frequency) => random.Next(1, frequency == RecurrenceFrequency.Yearly ? 54 : 6) * (random.Next(3) == 0 ? -1 : 1);
}
