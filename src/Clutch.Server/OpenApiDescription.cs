using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Clutch.Server;

/// <summary>What the description of the API says beside its routes.</summary>
internal static class OpenApiDescription
{
    /// <summary>Not <c>v1</c>: that is the name of the program's own document by default.</summary>
    public const string DocumentName = "clutch";

    public static void Configure(OpenApiOptions options)
    {
        // Only what lies under /api/v1: the program's own routes are its own business.
        options.ShouldInclude = description => description.RelativePath?.Contains("api/v1/", StringComparison.Ordinal) == true;
        options.AddDocumentTransformer((document, _, _) =>
        {
            document.Info = new()
            {
                Title = "Clutch server",
                Version = "v1",
                Description = "Launch, watch, stop and restart batch jobs. Faults are problem documents (RFC 9457); lists are read page by page with the cursor 'next'.",
            };
            document.Components ??= new();
            document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>(StringComparer.Ordinal)
            {
                ["apiKey"] = new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = "bearer", Description = "An API key." },
                ["session"] = new OpenApiSecurityScheme { Type = SecuritySchemeType.ApiKey, In = ParameterLocation.Cookie, Name = "clutch_session_MARK", Description = "A session, as the answer to a sign-in sets it: MARK is one of the database. Changes carry its token in X-CSRF-Token." },
            };
            return Task.CompletedTask;
        });
    }
}
