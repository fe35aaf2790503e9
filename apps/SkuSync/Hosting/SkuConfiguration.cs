using System.ComponentModel.DataAnnotations;
using System.Data.Common;
using System.Reflection;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace SkuSync.Hosting;

/// <summary>The whole configuration, read and checked before anything starts.</summary>
internal sealed record SkuConfiguration
{
    private const string DefaultFolder = "data";
    private const string DefaultConnection = $"Data Source={DefaultFolder}/skusync.db";

    public required SkuOptions Options { get; init; }

    /// <summary>The database that holds everything: <c>sqlite</c> or <c>postgresql</c>.</summary>
    public required string Store { get; init; }

    public required string ConnectionString { get; init; }

    public Uri StockUrl => Root(Options.StockUrl!);

    public Uri FulfilmentUrl => Root(Options.FulfilmentUrl!);

    /// <summary>Reads the configuration.</summary>
    /// <exception cref="SkuConfigurationException">Something is wrong; all faults are told at once.</exception>
    public static SkuConfiguration Read(IConfiguration configuration)
    {
        var faults = new List<string>();
        var options = ReadOptions(configuration.GetSection("Sku"), faults);
        CheckUrl("Sku:StockUrl", options.StockUrl, "https://stock.example/", faults);
        CheckUrl("Sku:FulfilmentUrl", options.FulfilmentUrl, "https://fulfilment.example/", faults);
        CheckSpan("Sku:CallTimeout", options.CallTimeout, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1), faults);
        CheckSpan("Sku:SubmitLinger", options.SubmitLinger, TimeSpan.Zero, TimeSpan.FromMinutes(1), faults);
        CheckSpan("Sku:LeaseDuration", options.LeaseDuration, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1), faults);
        CheckSpan("Sku:OperationDeadline", options.OperationDeadline, TimeSpan.FromSeconds(1), TimeSpan.FromDays(1), faults);
        CheckSpan("Sku:TombstoneRetention", options.TombstoneRetention, TimeSpan.FromDays(1), TimeSpan.FromDays(3_653), faults);
        CheckSpan("Sku:FaultRest", options.FaultRest, TimeSpan.FromSeconds(1), TimeSpan.FromDays(1), faults);
        var store = configuration["Clutch:Store"]?.ToUpperInvariant() switch
        {
            null or "SQLITE" => "sqlite",
            "POSTGRESQL" => "postgresql",
            _ => null,
        };
        if (store is null)
            faults.Add($"Clutch:Store is '{configuration["Clutch:Store"]}'; it must be sqlite or postgresql.");
        var connectionString = configuration.GetConnectionString("Clutch") ?? (store == "sqlite" ? DefaultConnection : null);
        if (string.IsNullOrWhiteSpace(connectionString) && store is not null)
            faults.Add("ConnectionStrings:Clutch is missing; for PostgreSQL it looks like 'Host=db;Database=jobs;Username=jobs'.");
        else if (store is not null)
            CheckConnection(connectionString!, store == "sqlite" ? new SqliteConnectionStringBuilder() : new NpgsqlConnectionStringBuilder(), faults);
        return faults.Count > 0 ? throw new SkuConfigurationException(faults) : new() { Options = options, Store = store!, ConnectionString = connectionString! };
    }

    /// <summary>Makes the folder of the default database; a database that is named lies where somebody chose.</summary>
    public void MakeFolder()
    {
        if (ConnectionString == DefaultConnection)
            Directory.CreateDirectory(DefaultFolder);
    }

    // The text itself stays untold: it may hold a password.
    private static void CheckConnection(string text, DbConnectionStringBuilder builder, List<string> faults)
    {
        try
        {
            builder.ConnectionString = text;
        }
        catch (Exception fault) when (fault is ArgumentException or FormatException or InvalidCastException or OverflowException)
        {
            faults.Add($"ConnectionStrings:Clutch cannot be read: {fault.Message}");
        }
    }

    // Property by property, so that one value that cannot be read does not hide the others.
    private static SkuOptions ReadOptions(IConfigurationSection section, List<string> faults)
    {
        var options = new SkuOptions();
        var properties = typeof(SkuOptions).GetProperties();
        foreach (var property in properties.Where(property => section.GetSection(property.Name).Exists()))
            Take(property, section.GetSection(property.Name), options, faults);
        var known = properties.Select(property => property.Name).ToHashSet(StringComparer.OrdinalIgnoreCase);
        faults.AddRange(section.GetChildren().Where(child => !known.Contains(child.Key)).Select(child => $"Sku:{child.Key} is no setting; the settings are {string.Join(", ", known)}."));
        var ranges = new List<ValidationResult>();
        Validator.TryValidateObject(options, new(options), ranges, validateAllProperties: true);
        faults.AddRange(ranges.Select(range => $"Sku:{range.MemberNames.First()} is out of range: {range.ErrorMessage}"));
        return options;
    }

    private static void Take(PropertyInfo property, IConfigurationSection value, SkuOptions options, List<string> faults)
    {
        try
        {
            property.SetValue(options, property.PropertyType == typeof(IReadOnlyList<string>) ? Texts(value) : value.Get(property.PropertyType));
        }
        catch (InvalidOperationException)
        {
            faults.Add($"Sku:{property.Name} is '{value.Value}', which is no {Readable(property.PropertyType)}.");
        }
    }

    private static string[] Texts(IConfigurationSection value) =>
        value.Value?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? value.Get<string[]>() ?? [];

    private static string Readable(Type type) => type.IsEnum ? $"one of {string.Join(", ", Enum.GetNames(type))}" : type == typeof(TimeSpan) ? "time such as 00:00:30" : type.Name;

    private static void CheckUrl(string name, string? value, string example, List<string> faults)
    {
        if (string.IsNullOrWhiteSpace(value))
            faults.Add($"{name} is missing; it is the root of the API, such as '{example}'.");
        else if (!Uri.TryCreate(value, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https"))
            faults.Add($"{name} is '{value}', which is no address with http or https; it looks like '{example}'.");
    }

    private static void CheckSpan(string name, TimeSpan value, TimeSpan least, TimeSpan most, List<string> faults)
    {
        if (value < least || value > most)
            faults.Add($"{name} is {value}; it must be {least} to {most}.");
    }

    // Without the slash a relative path would replace the last part of the address.
    private static Uri Root(string url) => new(url.EndsWith('/') ? url : url + "/");
}

/// <summary>The configuration is wrong; the message says all of it.</summary>
internal sealed class SkuConfigurationException(IReadOnlyList<string> faults)
    : Exception($"SkuSync cannot start, for its configuration is wrong:{string.Concat(faults.Select(fault => $"{Environment.NewLine}  - {fault}"))}");
