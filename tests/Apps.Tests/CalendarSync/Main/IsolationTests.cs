using System.Net;
using System.Text.Json.Nodes;

namespace Apps.Tests.CalendarSync.Main;

/// <summary>No user sees another's data: every endpoint of the API and every page that names a thing is tried with another user's.</summary>
public sealed class IsolationTests
{
    private static readonly object Event = new { title = "Secret of alice", start = "2026-03-12T09:00" };

    [SkippableTheory]
    [InlineData(CalendarStore.Sqlite)]
    [InlineData(CalendarStore.PostgreSql)]
    public async Task What_is_anothers_does_not_exist(CalendarStore store)
    {
        await using var main = await CalendarMain.StartAsync(store);
        using var alice = await main.AddUserAsync("alice");
        using var bob = await main.AddUserAsync("bob");
        var ids = await FillAsync(main, alice);

        foreach (var (method, path) in await ListOperationsAsync(bob))
        {
            var target = $"{path.Replace("/api/v1/", "", StringComparison.Ordinal)}";
            if (!target.Contains('{', StringComparison.Ordinal))
                continue;
            var status = await bob.SendAsync(new(method), target.Replace("{id}", ids[target.Split('/')[0] == "me" ? "tokens" : target.Split('/')[0]].ToString(), StringComparison.Ordinal), BodyOf(method));
            Assert.True(status is HttpStatusCode.NotFound || (target.StartsWith("users", StringComparison.Ordinal) && status == HttpStatusCode.Forbidden), $"{method} {target}: {status}");
        }

        foreach (var list in new[] { "events", "subscriptions" })
            Assert.Empty((await bob.GetAsync(list))["items"]!.AsArray());
        Assert.Empty((await bob.GetAsync("exports")).AsArray());
        Assert.Single((await bob.GetAsync("me/tokens")).AsArray());
        Assert.Empty(await bob.ListOccurrencesAsync("2026-03-01", "2026-04-01"));
        Assert.Equal(2, (await alice.ListOccurrencesAsync("2026-03-01", "2026-04-01")).Count); // and nothing of alice's is gone
        Assert.Equal(HttpStatusCode.OK, await alice.SendAsync(HttpMethod.Get, "me"));
        Assert.Single((await alice.GetAsync("exports")).AsArray());
    }

    [Fact]
    public async Task A_page_of_anothers_thing_is_not_found()
    {
        await using var main = await CalendarMain.StartAsync();
        using var alice = await main.AddUserAsync("alice");
        using var bob = await main.AddUserAsync("bob");
        var ids = await FillAsync(main, alice);
        using var browser = await PageClient.SignInAsync(main, bob.Token);

        foreach (var page in new[] { $"/events/{ids["events"]}", $"/subscriptions/{ids["subscriptions"]}", $"/imported/{ids["imported"]}" })
            Assert.Equal(HttpStatusCode.NotFound, await browser.GetStatusAsync(page));
        foreach (var form in new[]
        {
            $"/events/{ids["events"]}", $"/events/{ids["events"]}/exclude", $"/events/{ids["events"]}/delete", $"/subscriptions/{ids["subscriptions"]}", $"/subscriptions/{ids["subscriptions"]}/sync",
            $"/subscriptions/{ids["subscriptions"]}/pause", $"/subscriptions/{ids["subscriptions"]}/resume", $"/subscriptions/{ids["subscriptions"]}/delete", $"/exports/{ids["exports"]}/rotate", $"/exports/{ids["exports"]}/revoke",
        })
            Assert.Equal(HttpStatusCode.NotFound, await browser.PostAsync(form, ("label", "mine"), ("title", "mine"), ("instance", "2026-03-12T09:00:00")));
        Assert.DoesNotContain("Secret of alice", await browser.GetTextAsync("/?month=2026-03"), StringComparison.Ordinal);
        Assert.Equal(2, (await alice.ListOccurrencesAsync("2026-03-01", "2026-04-01")).Count);
    }

    [Fact]
    public async Task Without_a_token_there_is_nothing()
    {
        await using var main = await CalendarMain.StartAsync();
        using var alice = await main.AddUserAsync("alice");
        using var nobody = new CalendarClient(main.Address, 0, (alice.Token[0] == 'x' ? "y" : "x") + alice.Token[1..]);

        foreach (var (method, path) in await ListOperationsAsync(alice))
            Assert.Equal(HttpStatusCode.Unauthorized, await nobody.SendAsync(new(method), path.Replace("/api/v1/", "", StringComparison.Ordinal).Replace("{id}", "1", StringComparison.Ordinal), BodyOf(method)));
    }

    [SkippableTheory]
    [InlineData(CalendarStore.Sqlite)]
    [InlineData(CalendarStore.PostgreSql)]
    public async Task An_account_ends_with_all_its_data_and_its_feeds_are_not_found(CalendarStore store)
    {
        await using var main = await CalendarMain.StartAsync(store);
        using var admin = await main.AddUserAsync("admin", isAdmin: true);
        var created = await admin.PostAsync("users", new { name = "carol", timeZone = "Asia/Seoul" });
        using var carol = new CalendarClient(main.Address, (long)created["user"]!["id"]!, (string)created["token"]!);
        await FillAsync(main, carol);
        var (_, url) = await carol.OpenExportAsync("second");

        Assert.Equal(HttpStatusCode.NoContent, await admin.SendAsync(HttpMethod.Delete, $"users/{carol.UserId}"));

        Assert.Equal(HttpStatusCode.Unauthorized, await carol.SendAsync(HttpMethod.Get, "me"));
        using var http = new HttpClient();
        using var feed = await http.GetAsync(url);
        Assert.Equal(HttpStatusCode.NotFound, feed.StatusCode);
        foreach (var table in new[] { "calendar_event", "calendar_subscription", "calendar_feed", "calendar_feed_event", "calendar_export_feed", "calendar_export_content" })
            Assert.Equal(0, await main.CountAsync(table));
    }

    private static object? BodyOf(string method) => method is "POST" or "PUT" or "PATCH" ? new { title = "mine now", start = "2026-03-12T09:00", label = "mine now" } : null;

    private static async Task<Dictionary<string, long>> FillAsync(CalendarMain main, CalendarClient user)
    {
        var subscription = await user.SubscribeAsync("https://example.com/private.ics");
        await main.ImportAsync(subscription, "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\nDTSTART:20260312T100000Z\nSUMMARY:Secret of alice\nEND:VEVENT\nEND:VCALENDAR\n");
        return new(StringComparer.Ordinal)
        {
            ["events"] = await user.AddEventAsync(Event),
            ["subscriptions"] = subscription,
            ["imported"] = 1,
            ["exports"] = (await user.OpenExportAsync()).Id,
            ["tokens"] = (long)(await user.GetAsync("me/tokens"))[0]!["id"]!,
            ["users"] = user.UserId,
        };
    }

    // From the document itself: an endpoint that is added later is tried too.
    private static async Task<IReadOnlyList<(string Method, string Path)>> ListOperationsAsync(CalendarClient client)
    {
        var document = JsonNode.Parse(await client.Http.GetStringAsync("/openapi/v1.json"))!;
        var operations = document["paths"]!.AsObject().SelectMany(path => path.Value!.AsObject().Select(operation => (operation.Key.ToUpperInvariant(), path.Key))).ToList();
        Assert.True(operations.Count >= 24, $"The document names {operations.Count} operations.");
        return operations;
    }
}
