using System.Globalization;
using Clutch.Executions;

namespace Clutch.Hosting;

/// <summary>The command line is wrong; the message says what to write instead.</summary>
internal sealed class UsageException(string message) : Exception(message);

/// <summary>A command line, taken apart: <c>verb operand... --option value --flag</c>.</summary>
internal sealed class CommandArguments
{
    private static readonly HashSet<string> Flags = new(StringComparer.Ordinal) { "json", "quiet", "help", "all", "print" };
    private static readonly HashSet<string> Values = new(StringComparer.Ordinal) { "job", "status", "limit", "before", "older-than", "step", "letter" };

    // What each command takes besides --json and --quiet. All else is refused: a purge that overlooked '--job' would take every job's history.
    private static readonly Dictionary<string, string[]> OptionsOf = new(StringComparer.Ordinal)
    {
        ["jobs"] = [],
        ["run"] = [],
        ["restart"] = [],
        ["stop"] = [],
        ["abandon"] = [],
        ["list"] = ["job", "status", "limit", "before"],
        ["show"] = [],
        ["dead-letters"] = ["step", "limit", "all"],
        ["redrive"] = ["step", "letter"],
        ["purge"] = ["older-than"],
        ["migrate"] = ["print"],
    };

    // Far more than any history has, and nothing that a calendar cannot tell.
    private static readonly TimeSpan MostAge = TimeSpan.FromDays(36_500);

    private readonly Dictionary<string, string> _options = new(StringComparer.Ordinal);
    private readonly List<string> _operands = [];

    /// <exception cref="UsageException">An option is unknown, has no value, or is not the command's.</exception>
    public CommandArguments(IReadOnlyList<string> arguments)
    {
        for (var i = 0; i < arguments.Count; i++)
        {
            if (!arguments[i].StartsWith("--", StringComparison.Ordinal))
                _operands.Add(arguments[i]);
            else
                i += Take(arguments[i][2..], i + 1 < arguments.Count ? arguments[i + 1] : null);
        }

        if (OptionsOf.TryGetValue(Verb, out var own) && _options.Keys.FirstOrDefault(option => option is not ("json" or "quiet") && !own.Contains(option, StringComparer.Ordinal)) is { } foreign)
            throw new UsageException($"'{Verb}' takes no '--{foreign}'. 'help' shows all commands and options.");
    }

    /// <summary>What to do; <c>help</c> where nothing is said.</summary>
    public string Verb => Has("help") || _operands.Count == 0 ? "help" : _operands[0];

    public IReadOnlyList<string> Operands => [.. _operands.Skip(1)];

    public bool Has(string option) => _options.ContainsKey(option);

    public string? Find(string option) => _options.GetValueOrDefault(option);

    public int Number(string option, int absent, int max) => Find(option) is null ? absent : (int)Number(option, max);

    /// <summary>The id that an option names, or null.</summary>
    public long? Id(string option) => Find(option) is null ? null : Number(option, long.MaxValue);

    public BatchStatus? Status() => Find("status") is not { } text ? null
        : Enum.TryParse<BatchStatus>(text, ignoreCase: true, out var status) && Enum.IsDefined(status) ? status
        : throw new UsageException($"Option '--status' takes one of {string.Join(", ", Enum.GetNames<BatchStatus>())}, not '{text}'.");

    /// <summary>An age such as <c>30d</c>, <c>12h</c> or <c>45m</c>.</summary>
    public TimeSpan Age(string option)
    {
        var text = Find(option) ?? throw new UsageException($"Option '--{option}' is missing: say how old, such as '--{option} 30d'.");
        if (text.Length > 1 && int.TryParse(text[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var count))
        {
            long? minutesEach = text[^1] switch { 'd' => 1440, 'h' => 60, 'm' => 1, _ => null };
            if (count * minutesEach is { } minutes && minutes <= MostAge.TotalMinutes)
                return TimeSpan.FromMinutes(minutes);
        }

        throw new UsageException($"Option '--{option}' takes an age such as 30d, 12h or 45m, at most {MostAge.TotalDays}d, not '{text}'.");
    }

    /// <summary>The execution id that the verb works on.</summary>
    public JobExecutionId ExecutionId() => Operands switch
    {
        [var text] when long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var id) => new(id),
        [var text] => throw new UsageException($"'{text}' is not an execution id: write '{Verb} 12'. 'list' shows the ids."),
        _ => throw new UsageException($"'{Verb}' takes one execution id: write '{Verb} 12'. 'list' shows the ids."),
    };

    /// <summary>The job's name and the <c>key=value</c> pairs behind it.</summary>
    public (string Job, Dictionary<string, string> Parameters) Launch()
    {
        if (Operands.Count == 0)
            throw new UsageException("'run' takes a job's name: write 'run JOB key=value'. 'jobs' shows the names.");
        var parameters = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var operand in Operands.Skip(1))
        {
            var split = operand.IndexOf('=', StringComparison.Ordinal);
            if (split < 1)
                throw new UsageException($"'{operand}' is not a parameter: write it as key=value.");
            if (!parameters.TryAdd(operand[..split], operand[(split + 1)..]))
                throw new UsageException($"Parameter '{operand[..split]}' is given twice.");
        }

        return (Operands[0], parameters);
    }

    public void ExpectNoOperands()
    {
        if (Operands.Count > 0)
            throw new UsageException($"'{Verb}' takes no '{Operands[0]}'. 'help' shows all commands.");
    }

    private long Number(string option, long max) =>
        long.TryParse(Find(option), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= 1 && number <= max
            ? number
            : throw new UsageException($"Option '--{option}' takes a number from 1 to {max}, not '{Find(option)}'.");

    /// <summary>Notes an option; answers how many further arguments it took.</summary>
    private int Take(string option, string? next)
    {
        var split = option.IndexOf('=', StringComparison.Ordinal);
        var name = split < 0 ? option : option[..split];
        if (Flags.Contains(name))
        {
            if (split >= 0)
                throw new UsageException($"Option '--{name}' takes no value.");
            _options[name] = string.Empty;
            return 0;
        }

        if (!Values.Contains(name))
            throw new UsageException($"There is no option '--{name}'. 'help' shows all commands and options.");
        _options[name] = split >= 0 ? option[(split + 1)..] : next ?? throw new UsageException($"Option '--{name}' needs a value.");
        return split >= 0 ? 0 : 1;
    }
}
