using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace CalendarSync.Input;

/// <summary>What is wrong with settings: all of it, each with its name.</summary>
/// <param name="section">Where they lie, such as <c>Calendar:Feeds</c>.</param>
internal sealed class SettingFaults(string section)
{
    private readonly List<string> _faults = [];

    /// <summary>Checks a span of time.</summary>
    public SettingFaults Check(string name, TimeSpan value, TimeSpan least, TimeSpan most)
    {
        if (value < least || value > most)
            Add(name, $"is {value}; it must be {least} to {most}.");
        return this;
    }

    /// <summary>Checks what the attributes of an object's own properties ask for.</summary>
    /// <param name="name">The object's name within the section; empty for the section itself.</param>
    /// <param name="value">The object.</param>
    public SettingFaults CheckAttributes(string name, object value)
    {
        var found = new List<ValidationResult>();
        Validator.TryValidateObject(value, new(value), found, validateAllProperties: true);
        foreach (var fault in found)
            Add(name.Length == 0 ? fault.MemberNames.First() : $"{name}:{fault.MemberNames.First()}", $"is out of range: {fault.ErrorMessage}");
        return this;
    }

    /// <summary>Adds what is wrong with a setting.</summary>
    public void Add(string name, string problem) => _faults.Add($"{section}:{name} {problem}");

    /// <summary>What the options framework wants to hear.</summary>
    public ValidateOptionsResult ToResult() => _faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(_faults);
}
