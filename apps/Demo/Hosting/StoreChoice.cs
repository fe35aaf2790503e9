using Demo.Folder;

namespace Demo.Hosting;

/// <summary>The one database of jobs, calendars, SKUs, outbox and schedules: each chunk commits its data with its checkpoint in one transaction.</summary>
internal sealed record StoreChoice(string Store, string ConnectionString)
{
    public static StoreChoice Of(DataFolder folder, string? postgreSql) =>
        postgreSql is null ? new("sqlite", $"Data Source={folder.PathOf("clutch.db")}") : new("postgresql", postgreSql);

    public IReadOnlyDictionary<string, string?> Settings => new Dictionary<string, string?>(StringComparer.Ordinal)
    {
        ["Clutch:Store"] = Store,
        ["ConnectionStrings:Clutch"] = ConnectionString,
    };
}
