using System.ComponentModel.DataAnnotations;

namespace Clutch.Client.Wire;

/// <summary>What a caller may do.</summary>
public enum Role
{
    /// <summary>Look at everything.</summary>
    Viewer,

    /// <summary>Look at everything and change it.</summary>
    Operator,
}

/// <summary>A person's name and password.</summary>
public sealed record SignInBody
{
    /// <summary>The name: up to 100 characters.</summary>
    [Required]
    [StringLength(100, MinimumLength = 1)]
    public required string Name { get; init; }

    /// <summary>The password: up to 200 characters.</summary>
    [Required]
    [StringLength(200, MinimumLength = 1)]
    public required string Password { get; init; }
}

/// <summary>Who the caller is.</summary>
public sealed record SessionView
{
    /// <summary>The caller as the audit log names it.</summary>
    public required string Actor { get; init; }

    /// <summary>What the caller may do.</summary>
    public required Role Role { get; init; }

    /// <summary>What a change over a cookie must carry in the header <c>X-CSRF-Token</c>; null where there is no cookie.</summary>
    public string? CsrfToken { get; init; }

    /// <summary>When the session ends at the latest (UTC); null where there is no cookie.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }
}
