namespace CalendarSync.Storage;

/// <summary>Which database the service keeps all its data in: <c>Clutch:Store</c> and <c>ConnectionStrings:Clutch</c>.</summary>
internal static class StoreSettings
{
    private const string DefaultFile = "Data Source=calendar.db";

    /// <summary>Adds the database, with the job repository in it.</summary>
    /// <exception cref="SettingsException">The settings name no database that can be used.</exception>
    public static void AddCalendarStore(this IServiceCollection services, IConfiguration configuration)
    {
        var store = configuration["Clutch:Store"] ?? "sqlite";
        var connection = configuration.GetConnectionString("Clutch");
        if (store.Equals("sqlite", StringComparison.OrdinalIgnoreCase))
            services.AddClutchSqlite(connection ?? DefaultFile);
        else if (!store.Equals("postgresql", StringComparison.OrdinalIgnoreCase))
            throw new SettingsException($"Clutch:Store is '{store}'. Set it to 'sqlite' or 'postgresql'.");
        else if (string.IsNullOrEmpty(connection))
            throw new SettingsException("Clutch:Store is 'postgresql', but ConnectionStrings:Clutch is missing. Set it to something like 'Host=db;Database=calendar;Username=calendar;Password=...'.");
        else
            services.AddClutchPostgreSql(connection, options => options.Schema = configuration["Clutch:Schema"]);
    }
}

/// <summary>Settings that somebody must mend before the program can start; the message says which and how.</summary>
internal sealed class SettingsException(string message) : Exception(message);
