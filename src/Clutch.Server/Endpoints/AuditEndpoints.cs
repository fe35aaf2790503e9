using System.ComponentModel.DataAnnotations;
using Clutch.Client.Wire;
using Clutch.Server.Audit;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Clutch.Server.Endpoints;

/// <summary>Which audit entries a list shows.</summary>
internal sealed record AuditQuery
{
    /// <summary>Only by this actor, such as <c>user:anna</c>.</summary>
    [StringLength(200)]
    public string? Actor { get; init; }

    /// <summary>Only this action, such as <c>execution.stop</c>.</summary>
    [StringLength(100)]
    public string? Action { get; init; }

    /// <summary>Only to this target, such as <c>execution:17</c>.</summary>
    [StringLength(500)]
    public string? Target { get; init; }

    /// <summary>The cursor of the page before.</summary>
    [Range(1L, long.MaxValue)]
    public long? Before { get; init; }

    /// <summary>At most so many: 1 to 500; 50 by default.</summary>
    [Range(1, 500)]
    public int? Limit { get; init; }
}

/// <summary>Who changed what.</summary>
internal static class AuditEndpoints
{
    public static void Map(IEndpointRouteBuilder api) =>
        api.MapGet("/audit", ListAsync).WithTags("Audit").WithName("ListAudit").WithSummary("A page of changes, newest first");

    private static async Task<Ok<Page<AuditEntryView>>> ListAsync([AsParameters] AuditQuery query, AuditLog audit, CancellationToken cancellationToken) =>
        TypedResults.Ok(await audit.ListAsync(
            new() { Actor = query.Actor, Action = query.Action, Target = query.Target, Before = query.Before, Limit = query.Limit ?? 50 }, cancellationToken));
}
