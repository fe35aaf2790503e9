using System.Text;
using Clutch.Ical.Components;
using Clutch.Ical.Properties;
using Clutch.Ical.Values;
using NodaTime;

namespace Clutch.Tests.Ical;

/// <summary>Calendars made by chance: hostile texts, odd parameters, unknown properties and components, in any order that may be written.</summary>
internal sealed class RandomCalendars(Random random)
{
    private static readonly string[] Alphabet =
        ["a", "Z", "0", " ", "\t", "\n", "\r\n", ",", ";", ":", "\\", "\"", "^", "^n", "\\n", "é", "회", "🏥", "e\u0301", "\u0001", "\u0000", "END:VEVENT", "=", "%", "\u2028", "\uFEFF"];

    private int _number;

    public Calendar Next()
    {
        var calendar = new Calendar("-//test//random//EN");
        if (random.Next(2) == 0) calendar.DisplayName = Text();
        if (random.Next(3) == 0) calendar.RefreshInterval = CalendarDuration.OfExact(Duration.FromMinutes(random.Next(1, 5000)));
        for (var count = random.Next(4); count > 0; count--) calendar.Add(Unknown());
        for (var count = random.Next(6); count > 0; count--) calendar.Add(Component());
        return calendar;
    }

    public string Text()
    {
        var text = new StringBuilder();
        for (var length = random.Next(1, random.Next(4) == 0 ? 150 : 20); length > 0; length--) text.Append(Alphabet[random.Next(Alphabet.Length)]);
        return text.ToString();
    }

    private CalendarComponent Component() => random.Next(6) switch
    {
        0 => Filled(new CalendarToDo { Uid = Uid(), Due = Time(), Summary = Text() }),
        1 => Filled(new CalendarJournal { Uid = Uid(), Start = Time(), Summary = Text() }),
        2 => Filled(new CalendarComponent("X-THING")),
        _ => Event(),
    };

    private CalendarEvent Event()
    {
        var made = new CalendarEvent { Uid = Uid(), Stamp = CalendarTime.OfInstant(Instant.FromUnixTimeSeconds(random.Next())), Start = Time() };
        if (random.Next(2) == 0) made.Duration = new CalendarDuration(random.Next(3), random.Next(100_000));
        if (random.Next(2) == 0) made.Summary = Text();
        if (random.Next(2) == 0) made.Description = Text();
        if (random.Next(3) == 0) made.Categories = [Text(), Text()];
        if (random.Next(3) == 0) made.RecurrenceRule = new RandomRules(random).Next();
        if (random.Next(4) == 0) made.Add(CalendarProperty.OfTimes("EXDATE", [Time()]));
        if (random.Next(4) == 0) made.Add(new CalendarAlarm { Action = "DISPLAY", TriggerOffset = new CalendarDuration(0, -900), Description = Text() });
        return Filled(made);
    }

    private T Filled<T>(T component) where T : CalendarComponent
    {
        for (var count = random.Next(4); count > 0; count--) component.Add(Unknown());
        if (random.Next(5) == 0) component.Add(Filled(new CalendarComponent("X-INNER")));
        return component;
    }

    private CalendarProperty Unknown() => random.Next(3) switch
    {
        0 => CalendarProperty.OfText($"X-Text-{random.Next(100)}", Text(), new PropertyParameter("X-P", Text()), new PropertyParameter("LANGUAGE", "ko")),
        1 => CalendarProperty.OfRaw("ATTENDEE", "mailto:a@example.com", new PropertyParameter("CN", Text()), new PropertyParameter("MEMBER", [Text(), Text()])),
        _ => CalendarProperty.OfRaw("IANA-THING", "1;2,3", new PropertyParameter("VALUE", "X-ODD")),
    };

    private string Uid() => $"{_number++}-{Text()}";

    private CalendarTime Time()
    {
        var local = new LocalDateTime(random.Next(1970, 2100), random.Next(1, 13), random.Next(1, 29), random.Next(24), random.Next(60), random.Next(60));
        return random.Next(4) switch
        {
            0 => CalendarTime.OfDate(local.Date),
            1 => CalendarTime.OfFloating(local),
            2 => CalendarTime.OfInstant(local.InUtc().ToInstant()),
            _ => CalendarTime.OfZoned(local, random.Next(2) == 0 ? "Asia/Seoul" : "Odd \"Zone\": 1, 2; 3"),
        };
    }
}
