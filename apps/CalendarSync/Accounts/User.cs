using System.Data.Common;

namespace CalendarSync.Accounts;

/// <summary>Somebody with a calendar.</summary>
public sealed record User
{
    /// <summary>The columns that <see cref="Read"/> takes.</summary>
    public const string Columns = "u.id, u.name, u.time_zone, u.is_admin";

    public required long Id { get; init; }

    public required string Name { get; init; }

    /// <summary>The IANA zone in which the user lives.</summary>
    public required string TimeZone { get; init; }

    /// <summary>Whether the user may add and remove users; it gives no sight of their data.</summary>
    public required bool IsAdmin { get; init; }

    public static User Read(DbDataReader row) => new() { Id = row.GetInt64(0), Name = row.GetString(1), TimeZone = row.GetString(2), IsAdmin = row.GetBoolean(3) };
}
