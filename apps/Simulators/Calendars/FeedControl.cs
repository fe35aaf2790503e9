namespace Simulators.Calendars;

/// <summary>Changes the feeds and the manners of their provider, and tells the truth about both.</summary>
internal sealed class FeedControl(FeedDesk desk, FeedBodies bodies, FeedCounts counts)
{
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/control/calendars/change", Change);
        routes.MapPost("/control/calendars/behaviours", (Delegate)BehaveAsync);
        routes.MapGet("/control/calendars/feeds/{feed:int}", TruthOf);
        routes.MapGet("/control/calendars/feeds/{feed:int}/counts", (int feed) => TypedResults.Json(counts.Of(feed), CalendarJson.Default.FeedCount));
        routes.MapGet("/control/calendars/counts", () => TypedResults.Json(counts.Totals, CalendarJson.Default.FeedTotals));
        routes.MapDelete("/control/calendars/counts", () =>
        {
            counts.Clear();
            return TypedResults.NoContent();
        });
    }

    private IResult Change(double? percent, string? feeds)
    {
        if (feeds is null)
            return TypedResults.Json(new ChangedFeeds(desk.Change(percent ?? 0)), CalendarJson.Default.ChangedFeeds);
        desk.Let(feeds, null, null);
        return TypedResults.Json(new ChangedFeeds([.. FeedDesk.Parse(feeds)]), CalendarJson.Default.ChangedFeeds);
    }

    private async Task<IResult> BehaveAsync(HttpContext context)
    {
        if (await context.Request.ReadFromJsonAsync(CalendarJson.Default.BehaviourOrder, context.RequestAborted) is not { Feeds: not null } order)
            return Problem.Malformed("The body must be an object with 'feeds', such as \"1-10,55\", and 'behaviour'.").ToResult();
        desk.Let(order.Feeds, order.Behaviour, order.Count);
        return TypedResults.NoContent();
    }

    private IResult TruthOf(int feed)
    {
        var state = desk.StateOf(feed);
        return TypedResults.Json(new FeedTruth(feed, state.Revision, state.Behaviour, state.ChangedAt, bodies.EventsOf(feed)), CalendarJson.Default.FeedTruth);
    }
}
