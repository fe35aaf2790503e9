using System.Security.Claims;
using Clutch.Client.Wire;
using Microsoft.AspNetCore.Http;

namespace Clutch.Server.Security;

/// <summary>Who asks.</summary>
/// <param name="Actor">As the audit log names them: <c>user:anna</c>, <c>key:deploy</c> or <c>local</c>.</param>
/// <param name="Role">What they may do.</param>
internal sealed record Caller(string Actor, Role Role)
{
    public static ValueTask<Caller?> BindAsync(HttpContext context) => ValueTask.FromResult(From(context.User));

    public static Caller? From(ClaimsPrincipal user) =>
        user.FindFirst(ClaimTypes.Name)?.Value is { } actor && Enum.TryParse<Role>(user.FindFirst(ClaimTypes.Role)?.Value, out var role) ? new(actor, role) : null;
}
