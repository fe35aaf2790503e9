using System.Security.Cryptography;
using System.Text;
using CalendarSync.Accounts;

namespace CalendarSync.Web;

/// <summary>Lets only our own forms change something: each carries a key that follows from the session's secret.</summary>
internal sealed class FormGuard : IEndpointFilter
{
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var request = context.HttpContext.Request;
        if (!HttpMethods.IsPost(request.Method))
            return await next(context);
        if (!request.HasFormContentType)
            return Refuse();
        var form = await request.ReadFormAsync(context.HttpContext.RequestAborted);
        return IsOurs(context.HttpContext, form["key"].ToString()) ? await next(context) : Refuse();
    }

    private static bool IsOurs(HttpContext context, string key) =>
        CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(key), Encoding.UTF8.GetBytes(SessionAuthentication.FormKeyOf(context)));

    private static IResult Refuse() => TypedResults.Text("This form does not belong to your session. Load the page again and repeat what you did.", statusCode: StatusCodes.Status400BadRequest);
}
