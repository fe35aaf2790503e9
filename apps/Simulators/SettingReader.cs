using System.Globalization;

namespace Simulators;

/// <summary>Reads settings, and collects what is wrong with them: all of it is told at once.</summary>
internal sealed class SettingReader(IConfiguration settings)
{
    // What the web host takes from the same command line; a name with a colon is one of its sections.
    private static readonly string[] OfHost = ["urls", "http_ports", "https_ports", "environment", "contentRoot", "applicationName"];

    private readonly HashSet<string> _names = new(OfHost, StringComparer.OrdinalIgnoreCase);
    private readonly List<string> _faults = [];

    public string? Text(string name)
    {
        _names.Add(name);
        return settings[name];
    }

    /// <summary>One of two words or more, the first by default.</summary>
    public string Word(string name, params string[] words)
    {
        var text = Text(name) ?? words[0];
        return words.Contains(text, StringComparer.Ordinal) ? text : Refuse(name, $"one of {string.Join(", ", words)}", text, words[0]);
    }

    /// <summary>Some of these words with commas between them, all by default.</summary>
    public IReadOnlyList<string> Words(string name, params string[] words)
    {
        var text = Text(name) ?? string.Join(',', words);
        var chosen = text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Distinct(StringComparer.Ordinal).ToList();
        return chosen.Count > 0 && !chosen.Except(words, StringComparer.Ordinal).Any() ? chosen : Refuse(name, $"some of {string.Join(",", words)}", text, words);
    }

    public long Whole(string name, long fallback) =>
        Text(name) is not { } text ? fallback : long.TryParse(text, CultureInfo.InvariantCulture, out var number) ? number : Refuse(name, "a whole number", text, fallback);

    public int Count(string name, int fallback, int least = 0) =>
        Text(name) is not { } text ? fallback
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least ? number
        : Refuse(name, string.Create(CultureInfo.InvariantCulture, $"a whole number from {least} on"), text, fallback);

    /// <summary>A number that is not negative.</summary>
    public double Number(string name, double fallback) =>
        Text(name) is not { } text ? fallback
        : double.TryParse(text, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) && number >= 0 ? number
        : Refuse(name, "a number from 0 on", text, fallback);

    /// <summary>Refuses what was wrong, and arguments that nobody asked for.</summary>
    /// <exception cref="SimulatorSettingsException">There is any.</exception>
    public void Finish(IReadOnlyList<string> args)
    {
        for (var i = 0; i < args.Count; i++)
        {
            var (head, hasValue) = args[i].Split('=', 2) is [var before, _] ? (before, true) : (args[i], false);
            if (!head.StartsWith("--", StringComparison.Ordinal) || !IsKnown(head[2..]))
                _faults.Add($"'{head}' is no setting of the simulators.");
            else if (!hasValue && ++i == args.Count)
                _faults.Add($"'{head}' needs a value.");
        }

        if (_faults.Count > 0)
            throw new SimulatorSettingsException(string.Join(Environment.NewLine, [.. _faults, "The settings are '--name value'; apps/Simulators/README.md lists them."]));
    }

    private bool IsKnown(string name) => _names.Contains(name) || name.Contains(':', StringComparison.Ordinal);

    private T Refuse<T>(string name, string wanted, string text, T fallback)
    {
        _faults.Add($"'--{name}' takes {wanted}, not '{text}'.");
        return fallback;
    }
}

/// <summary>The settings are wrong; the message says what is to be mended.</summary>
internal sealed class SimulatorSettingsException(string message) : Exception(message);
