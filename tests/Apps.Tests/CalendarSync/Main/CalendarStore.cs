using Apps.Tests.Programs;

namespace Apps.Tests.CalendarSync.Main;

/// <summary>Where the calendar service of a test keeps its data.</summary>
public enum CalendarStore
{
    Sqlite,
    PostgreSql,
}

/// <summary>A fresh database of either kind, as settings of the command line.</summary>
internal sealed class CalendarStorage : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("calendar-main").FullName;

    private CalendarStorage(string[] settings) => Settings = settings;

    public string[] Settings { get; private set; }

    public static async Task<CalendarStorage> CreateAsync(CalendarStore store)
    {
        if (store == CalendarStore.PostgreSql)
            return new(["--Clutch:Store", "postgresql", "--ConnectionStrings:Clutch", await PostgreSqlServer.CreateDatabaseAsync()]);
        var storage = new CalendarStorage([]);
        storage.Settings = ["--ConnectionStrings:Clutch", $"Data Source={Path.Combine(storage._folder, "calendar.db")};Pooling=False"];
        return storage;
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
