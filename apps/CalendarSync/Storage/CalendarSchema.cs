using Clutch.Relational;
using Clutch.Relational.Migrations;

namespace CalendarSync.Storage;

/// <summary>The tables of the calendar service, beside those of the job repository in one database: a chunk of imported events and its checkpoint commit together.</summary>
internal static class CalendarSchema
{
    /// <summary>The migrator of the part <c>calendar</c>.</summary>
    public static Migrator MigratorOf(RelationalDatabase database) =>
        database.MigratorFor("calendar", Migration.Embedded(typeof(CalendarSchema).Assembly, database.Product));
}
