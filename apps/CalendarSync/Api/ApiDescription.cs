using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace CalendarSync.Api;

/// <summary>What the OpenAPI document says beyond the endpoints: its title, and how to sign in.</summary>
internal static class ApiDescription
{
    private const string Scheme = "token";

    public static void Configure(OpenApiOptions options)
    {
        options.AddDocumentTransformer((document, _, _) =>
        {
            document.Info = new() { Title = "Calendar service", Version = "v1", Description = "Own events, subscriptions to external calendars, export feeds." };
            document.Components ??= new();
            document.Components.SecuritySchemes ??= new Dictionary<string, IOpenApiSecurityScheme>(StringComparer.Ordinal);
            document.Components.SecuritySchemes[Scheme] = new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = "bearer", Description = "A user's token." };
            document.Security = [new() { [new OpenApiSecuritySchemeReference(Scheme, document)] = [] }];
            return Task.CompletedTask;
        });
    }
}
