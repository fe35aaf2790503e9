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
    private readonly Dictionary<string, string> _options = new(StringComparer.Ordinal);
    private readonly List<string> _operands = [];

    /// <exception cref="UsageException">An option is unknown or has no value.</exception>
    public CommandArguments(IReadOnlyList<string> arguments)
    {
        for (var i = 0; i < arguments.Count; i++)
        {
            if (!arguments[i].StartsWith("--", StringComparison.Ordinal))
                _operands.Add(arguments[i]);
            else
                i += Take(arguments[i][2..], i + 1 < arguments.Count ? arguments[i + 1] : null);
        }
    }

    /// <summary>What to do; <c>help</c> where nothing is said.</summary>
    public string Verb => Has("help") || _operands.Count == 0 ? "help" : _operands[0];

    public IReadOnlyList<string> Operands => [.. _operands.Skip(1)];

    public bool Has(string option) => _options.ContainsKey(option);

    public string? Find(string option) => _options.GetValueOrDefault(option);

    public int Number(string option, int absent, int max)
    {
        if (Find(option) is not { } text)
            return absent;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= 1 && number <= max
            ? number
            : throw new UsageException($"Option '--{option}' takes a number from 1 to {max}, not '{text}'.");
    }

    public BatchStatus? Status() => Find("status") is not { } text ? null
        : Enum.TryParse<BatchStatus>(text, ignoreCase: true, out var status) && Enum.IsDefined(status) ? status
        : throw new UsageException($"Option '--status' takes one of {string.Join(", ", Enum.GetNames<BatchStatus>())}, not '{text}'.");

    /// <summary>An age such as <c>30d</c>, <c>12h</c> or <c>45m</c>.</summary>
    public TimeSpan Age(string option)
    {
        var text = Find(option) ?? throw new UsageException($"Option '--{option}' is missing: say how old, such as '--{option} 30d'.");
        if (text.Length > 1 && int.TryParse(text[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var count))
        {
            switch (text[^1])
            {
                case 'd':
                    return TimeSpan.FromDays(count);
                case 'h':
                    return TimeSpan.FromHours(count);
                case 'm':
                    return TimeSpan.FromMinutes(count);
            }
        }

        throw new UsageException($"Option '--{option}' takes an age such as 30d, 12h or 45m, not '{text}'.");
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

    /// <summary>Notes an option; answers how many further arguments it took.</summary>
    private int Take(string option, string? next)
    {
        var split = option.IndexOf('=', StringComparison.Ordinal);
        var name = split < 0 ? option : option[..split];
        if (Flags.Contains(name) && split < 0)
        {
            _options[name] = string.Empty;
            return 0;
        }

        if (!Values.Contains(name))
            throw new UsageException($"There is no option '--{name}'. 'help' shows all commands and options.");
        _options[name] = split >= 0 ? option[(split + 1)..] : next ?? throw new UsageException($"Option '--{name}' needs a value.");
        return split >= 0 ? 0 : 1;
    }
}
