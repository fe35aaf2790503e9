using System.CommandLine;

namespace Clutch.Cli.Commands;

/// <summary>Arguments and options that several commands have.</summary>
internal static class Inputs
{
    public static Argument<long> ExecutionId() => new("ID") { Description = "The execution's number" };

    public static Argument<string> Name(string description) => new("NAME") { Description = description };

    /// <summary>Why; the server wants to know it of every change.</summary>
    public static Option<string> Reason() => new("--reason") { Description = "Why, for the audit log: 3 to 500 characters", Required = true, HelpName = "TEXT" };

    public static Option<string?> OptionalReason() => new("--reason") { Description = "Why, for the audit log", HelpName = "TEXT" };

    public static Option<int> Limit() => new("--limit") { Description = "At most so many; 20 by default", DefaultValueFactory = _ => 20, HelpName = "N" };
}
