using Clutch.Client.Wire;

namespace Clutch.Cli;

/// <summary>What the process answers: the codes of a program that hosts jobs, for the same endings.</summary>
internal static class ExitCodes
{
    public const int Completed = 0;
    public const int Failed = 1;
    public const int WrongUsage = 2;
    public const int Stopped = 3;
    public const int AlreadyRunning = 4;
    public const int Refused = 5;
    public const int ServerUnreachable = 6;
    public const int Unexpected = 70;

    /// <summary>128 + SIGINT, as shells have it: the watching was broken off, not the execution.</summary>
    public const int Interrupted = 130;

    public static int For(ExecutionStatus status) => status switch
    {
        ExecutionStatus.Completed => Completed,
        ExecutionStatus.Stopped => Stopped,
        _ => Failed,
    };
}
