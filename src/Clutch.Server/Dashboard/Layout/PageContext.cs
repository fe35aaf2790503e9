using Clutch.Client.Wire;
using Clutch.Server.Texts;

namespace Clutch.Server.Dashboard.Layout;

/// <summary>Who looks at a page, in which language and theme, and what every page shows.</summary>
internal sealed record PageContext
{
    public required TextBook Text { get; init; }

    /// <summary>Under which path the server lies; empty for the root.</summary>
    public required string Prefix { get; init; }

    /// <summary>The path and query of the page, without the prefix.</summary>
    public required string Address { get; init; }

    /// <summary>Who looks; null on the sign-in page.</summary>
    public SessionView? Session { get; init; }

    /// <summary><c>light</c> or <c>dark</c> where the reader chose one, else null: the system's.</summary>
    public string? Theme { get; init; }

    public required DateTimeOffset Now { get; init; }

    /// <summary>Whether the reader may change things.</summary>
    public bool IsOperator => Session?.Role is Role.Operator;

    /// <summary>The address of a page or resource.</summary>
    public string To(string path) => Prefix + path;
}
