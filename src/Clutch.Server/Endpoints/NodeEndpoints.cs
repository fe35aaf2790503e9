using Clutch.Client.Wire;
using Clutch.Server.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Clutch.Server.Endpoints;

/// <summary>The processes that serve.</summary>
internal static class NodeEndpoints
{
    public static void Map(IEndpointRouteBuilder api) =>
        api.MapGet("/nodes", ListAsync).WithTags("Nodes").WithName("ListNodes").WithSummary("The processes that serve, the youngest first");

    private static async Task<Ok<IReadOnlyList<NodeView>>> ListAsync(NodeQueries nodes, CancellationToken cancellationToken) =>
        TypedResults.Ok(await nodes.ListAsync(cancellationToken));
}
