using System.Net;
using CalendarSync.Accounts;
using Microsoft.Extensions.DependencyInjection;

namespace Apps.Tests.CalendarSync.Main;

/// <summary>The account of whoever asks, over the API.</summary>
public sealed class AccountTests
{
    [SkippableTheory]
    [InlineData(CalendarStore.Sqlite)]
    [InlineData(CalendarStore.PostgreSql)]
    public async Task A_token_too_many_is_refused(CalendarStore store)
    {
        await using var main = await CalendarMain.StartAsync(store);
        using var alice = await main.AddUserAsync("alice");
        var users = main.Services.GetRequiredService<UserStore>();
        for (var count = 1; count < UserStore.MostTokens - 1; count++) await users.AddTokenAsync(alice.UserId, "filling", CancellationToken.None);

        await alice.PostAsync("me/tokens", new { label = "last" });
        var errors = await alice.RefusedAsync("me/tokens", new { label = "one more" });

        Assert.Equal(["label"], errors.Select(error => error.Key));
        Assert.Equal(UserStore.MostTokens, await main.CountAsync("calendar_credential"));
    }

    [SkippableTheory]
    [InlineData(CalendarStore.Sqlite)]
    [InlineData(CalendarStore.PostgreSql)]
    public async Task With_a_token_the_sessions_opened_with_it_end_and_no_others(CalendarStore store)
    {
        await using var main = await CalendarMain.StartAsync(store);
        using var alice = await main.AddUserAsync("alice");
        var lost = (string)(await alice.PostAsync("me/tokens", new { label = "lost" }))["token"]!;
        using var thief = await PageClient.SignInAsync(main, lost);
        using var hers = await PageClient.SignInAsync(main, alice.Token);
        var id = (await alice.GetAsync("me/tokens")).AsArray().Single(token => (string)token!["label"]! == "lost")!["id"];
        Assert.Equal(HttpStatusCode.OK, await thief.GetStatusAsync("/"));

        Assert.Equal(HttpStatusCode.NoContent, await alice.SendAsync(HttpMethod.Delete, $"me/tokens/{id}"));

        Assert.Equal((HttpStatusCode.Redirect, HttpStatusCode.OK), (await thief.GetStatusAsync("/"), await hers.GetStatusAsync("/")));
    }
}
