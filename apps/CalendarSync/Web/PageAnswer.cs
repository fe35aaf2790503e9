using CalendarSync.Accounts;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Http.HttpResults;

namespace CalendarSync.Web;

/// <summary>Answers with a page.</summary>
internal static class PageAnswer
{
    /// <summary>A page that knows who looks.</summary>
    public static RazorComponentResult Of<TPage>(HttpContext context, int status, params IEnumerable<(string Name, object? Value)> parameters)
        where TPage : IComponent
    {
        var all = parameters.ToDictionary(parameter => parameter.Name, parameter => parameter.Value, StringComparer.Ordinal);
        all["User"] = context.GetUser();
        all["Key"] = SessionAuthentication.FormKeyOf(context);
        return new(typeof(TPage), all) { StatusCode = status, PreventStreamingRendering = true };
    }

    /// <summary>After a change: the browser goes to a page, and a reload repeats nothing.</summary>
    public static RedirectHttpResult To(string path) => TypedResults.LocalRedirect(path);
}
