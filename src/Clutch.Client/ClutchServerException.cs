using System.Net;
using Clutch.Client.Wire;

namespace Clutch.Client;

/// <summary>The server refused; the message says why.</summary>
public sealed class ClutchServerException : Exception
{
    internal ClutchServerException(HttpStatusCode status, ProblemView problem)
        : base(Describe(problem))
    {
        Status = status;
        Problem = problem;
    }

    /// <summary>The HTTP status.</summary>
    public HttpStatusCode Status { get; }

    /// <summary>All that the server says about it.</summary>
    public ProblemView Problem { get; }

    private static string Describe(ProblemView problem) => problem.Errors is { Count: > 0 } errors
        ? string.Join(' ', errors.Values.SelectMany(messages => messages))
        : problem.Detail ?? problem.Title ?? "The server refused without saying why.";
}
