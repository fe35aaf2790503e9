using Clutch.Client.Wire;
using Clutch.Server.Audit;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Clutch.Server.Endpoints;

/// <summary>Who changed what.</summary>
internal static class AuditEndpoints
{
    public static void Map(IEndpointRouteBuilder api) =>
        api.MapGet("/audit", ListAsync).WithTags("Audit").WithName("ListAudit").WithSummary("A page of changes, newest first");

    private static async Task<Ok<Page<AuditEntryView>>> ListAsync([AsParameters] AuditQuery query, AuditLog audit, CancellationToken cancellationToken) =>
        TypedResults.Ok(await audit.ListAsync(
            new() { Actor = query.Actor, Action = query.Action, Target = query.Target, Before = query.Before, Limit = query.Limit ?? 50 }, cancellationToken));
}
