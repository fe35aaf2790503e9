using System.Globalization;
using Npgsql;

namespace Demo;

/// <summary>What the command line orders; null means "as it was, or the default".</summary>
internal sealed record DemoOptions
{
    public const string Usage = """
        dotnet run -c Release --project apps/Demo [-- options]

          --exit            end after the table instead of leaving the dashboard open
          --skus N          SKUs to synchronise: 1 to 1,000,000; 50,000 by default
          --calendars N     calendars to subscribe to: 1 to 100,000; 3,000 by default
          --port N          the dashboard's port; the main server takes the next one, the simulators the one after: 1 to 65,533; 5100 by default
          --data DIR        where everything is kept; ./data by default
          --postgres "..."  an empty PostgreSQL database instead of SQLite, such as "Host=localhost;Database=demo;Username=demo"

        Ctrl-C ends it. Started again it goes on where it was, whatever ended it.
        """;

    public const int DefaultSkuCount = 50_000;
    public const int DefaultCalendarCount = 3_000;
    public const int DefaultPort = 5100;

    public int? SkuCount { get; private init; }

    public int? CalendarCount { get; private init; }

    public int? Port { get; private init; }

    /// <summary>The connection string of a PostgreSQL database, or null for SQLite.</summary>
    public string? PostgreSql { get; private init; }

    public string DataFolder { get; private init; } = "data";

    /// <summary>Whether it ends after the table.</summary>
    public bool Exits { get; private init; }

    /// <summary>Whether somebody wants to know what there is.</summary>
    public static bool AskForHelp(IEnumerable<string> args) => args.Any(arg => arg is "--help" or "-h" or "-?");

    /// <summary>Reads the arguments.</summary>
    /// <exception cref="DemoRefusedException">They are wrong.</exception>
    public static DemoOptions Parse(IReadOnlyList<string> args)
    {
        var options = new DemoOptions();
        for (var i = 0; i < args.Count; i++)
        {
            var (name, value) = args[i].Split('=', 2) is [var head, var tail] ? (head, tail) : (args[i], null);
            string Value() => value ?? (++i < args.Count && !args[i].StartsWith("--", StringComparison.Ordinal) ? args[i] : throw Wrong($"Option '{name}' needs a value."));
            options = name switch
            {
                "--exit" => value is null ? options with { Exits = true } : throw Wrong($"Option '{name}' takes no value."),
                "--skus" => options with { SkuCount = Number(name, Value(), 1_000_000) },
                "--calendars" => options with { CalendarCount = Number(name, Value(), 100_000) },
                "--port" => options with { Port = Number(name, Value(), 65_533) },
                "--postgres" => options with { PostgreSql = ConnectionString(name, Value()) },
                "--data" => options with { DataFolder = Folder(name, Value()) },
                _ => throw Wrong(NotKnown(name, i + 1)),
            };
        }

        return options;
    }

    // The name alone, and only of an option: the rest may be a connection string with a password.
    private static string NotKnown(string name, int number) => name.StartsWith("--", StringComparison.Ordinal)
        ? $"'{name}' is no option of the demo."
        : string.Create(CultureInfo.InvariantCulture, $"Argument {number} is no option of the demo: each begins with '--'.");

    private static string Folder(string name, string text) => text.Trim().Length > 0 ? text : throw Wrong($"'{name}' takes a folder, not an empty text.");

    private static int Number(string name, string text, int most) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= 1 && number <= most
            ? number
            : throw Wrong(string.Create(CultureInfo.InvariantCulture, $"'{name}' takes a whole number from 1 to {most:N0}, not '{text}'."));

    // What is wrong is told without the text itself: it may hold a password.
    private static string ConnectionString(string name, string text)
    {
        try
        {
            return new NpgsqlConnectionStringBuilder(text) is { Host.Length: > 0 } ? text : throw NoConnectionString(name, "It names no Host.");
        }
        catch (Exception fault) when (fault is ArgumentException or FormatException)
        {
            throw NoConnectionString(name, fault.Message);
        }
    }

    private static DemoRefusedException NoConnectionString(string name, string problem) =>
        Wrong($"'{name}' takes a connection string of names and values, such as \"Host=localhost;Database=demo;Username=demo\", and no address like postgres://... {problem}");

    private static DemoRefusedException Wrong(string problem) => new(2, $"{problem}\n\n{Usage}");
}

/// <summary>The demo cannot start; the message says why and what to do.</summary>
internal sealed class DemoRefusedException(int exitCode, string message) : Exception(message)
{
    /// <summary>2: what was ordered is wrong; 4: another demo is at work.</summary>
    public int ExitCode => exitCode;
}
