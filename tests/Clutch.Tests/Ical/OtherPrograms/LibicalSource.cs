namespace Clutch.Tests.Ical.OtherPrograms;

/// <summary>A small program over libical: prints the occurrences of March and April 2026 and writes the calendar again.</summary>
internal static class LibicalSource
{
    public const string Text = """
        #include <libical/ical.h>
        #include <stdio.h>
        #include <stdlib.h>
        #include <string.h>

        static void show(icaltimetype start, const char *summary)
        {
            char text[32];
            if (start.is_date) snprintf(text, sizeof text, "%04d-%02d-%02d", start.year, start.month, start.day);
            else
            {
                icaltimetype utc = icaltime_convert_to_zone(start, icaltimezone_get_utc_timezone());
                snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02dZ", utc.year, utc.month, utc.day, utc.hour, utc.minute, utc.second);
            }
            if (strcmp(text, "2026-03-01") < 0 || strcmp(text, "2026-05-01") >= 0) return;
            printf("%s ", text);
            for (; *summary; summary++) putchar(*summary == '\n' ? ' ' : *summary);
            putchar('\n');
        }

        static int is_excluded(icalcomponent *event, icaltimetype start)
        {
            icalproperty *property = icalcomponent_get_first_property(event, ICAL_EXDATE_PROPERTY);
            for (; property; property = icalcomponent_get_next_property(event, ICAL_EXDATE_PROPERTY))
                if (icaltime_compare(icalproperty_get_datetime_with_component(property, event), start) == 0) return 1;
            return 0;
        }

        int main(int argc, char **argv)
        {
            FILE *file = fopen(argv[1], "rb");
            char *text = calloc(1, 1 << 20);
            if (fread(text, 1, (1 << 20) - 1, file) == 0) return 1;
            icalcomponent *calendar = icalparser_parse_string(text);
            if (!calendar || icalcomponent_count_errors(calendar) > 0) return 2;

            icalcomponent *event = icalcomponent_get_first_component(calendar, ICAL_VEVENT_COMPONENT);
            for (; event; event = icalcomponent_get_next_component(calendar, ICAL_VEVENT_COMPONENT))
            {
                icaltimetype start = icalcomponent_get_dtstart(event);
                icalproperty *rule = icalcomponent_get_first_property(event, ICAL_RRULE_PROPERTY);
                if (!rule) { show(start, icalcomponent_get_summary(event)); continue; }
                icalrecur_iterator *iterator = icalrecur_iterator_new(icalproperty_get_rrule(rule), start);
                for (int count = 0; count < 100; count++)
                {
                    icaltimetype next = icalrecur_iterator_next(iterator);
                    if (icaltime_is_null_time(next)) break;
                    if (!is_excluded(event, next)) show(next, icalcomponent_get_summary(event));
                }
            }

            FILE *written = fopen(argv[2], "wb");
            fputs(icalcomponent_as_ical_string(calendar), written);
            return fclose(written);
        }
        """;
}
