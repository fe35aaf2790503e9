using System.Data.Common;
using Microsoft.Data.Sqlite;
using Npgsql;

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
            services.AddClutchSqlite(Checked(connection ?? DefaultFile, new SqliteConnectionStringBuilder()));
        else if (!store.Equals("postgresql", StringComparison.OrdinalIgnoreCase))
            throw new SettingsException($"Clutch:Store is '{store}'. Set it to 'sqlite' or 'postgresql'.");
        else if (string.IsNullOrEmpty(connection))
            throw new SettingsException("Clutch:Store is 'postgresql', but ConnectionStrings:Clutch is missing. Set it to something like 'Host=db;Database=calendar;Username=calendar;Password=...'.");
        else
            services.AddClutchPostgreSql(Checked(connection, new NpgsqlConnectionStringBuilder()), options => options.Schema = configuration["Clutch:Schema"]);
    }

    private static string Checked(string connection, DbConnectionStringBuilder builder)
    {
        try
        {
            builder.ConnectionString = connection;
            return connection;
        }
        catch (Exception fault) when (fault is ArgumentException or FormatException or InvalidCastException or OverflowException)
        {
            // The text itself stays untold: it may hold a password.
            throw new SettingsException($"ConnectionStrings:Clutch cannot be read: {fault.Message} Mend the setting; it looks like '{DefaultFile}' or 'Host=db;Database=calendar;Username=calendar;Password=...'.", fault);
        }
    }
}

/// <summary>Settings that somebody must mend before the program can start; the message says which and how.</summary>
internal sealed class SettingsException(string message, Exception? inner = null) : Exception(message, inner);
