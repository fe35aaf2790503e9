using System.Net;
using System.Text.RegularExpressions;

namespace Apps.Tests.CalendarSync.Main;

/// <summary>A signed-in browser without a screen.</summary>
internal sealed partial class PageClient : IDisposable
{
    private readonly HttpClient _http;

    private PageClient(Uri address) =>
        _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, CookieContainer = new() }) { BaseAddress = address };

    public static async Task<PageClient> SignInAsync(CalendarMain main, string token)
    {
        var browser = new PageClient(main.Address);
        Assert.Equal(HttpStatusCode.Redirect, await browser.PostPlainAsync("/sign-in", ("token", token)));
        return browser;
    }

    public static PageClient Open(CalendarMain main) => new(main.Address);

    /// <summary>The key that this session's forms carry.</summary>
    public async Task<string> GetKeyAsync() => KeyPattern().Match(await GetTextAsync("/account")).Groups["key"].Value;

    public async Task<HttpStatusCode> GetStatusAsync(string path)
    {
        using var answer = await _http.GetAsync(path);
        return answer.StatusCode;
    }

    public async Task<HttpResponseMessage> GetAsync(string path) => await _http.GetAsync(path);

    public async Task<string> GetTextAsync(string path) => await _http.GetStringAsync(path);

    /// <summary>Posts a form with the key of this session.</summary>
    public async Task<HttpStatusCode> PostAsync(string path, params (string Name, string Value)[] fields)
    {
        var key = await GetKeyAsync();
        return await PostPlainAsync(path, [("key", key), .. fields]);
    }

    /// <summary>Posts a form as it is.</summary>
    public async Task<HttpStatusCode> PostPlainAsync(string path, params (string Name, string Value)[] fields)
    {
        using var answer = await PostForAnswerAsync(path, fields);
        return answer.StatusCode;
    }

    public async Task<HttpResponseMessage> PostForAnswerAsync(string path, params (string Name, string Value)[] fields)
    {
        using var content = new FormUrlEncodedContent(fields.Select(field => KeyValuePair.Create(field.Name, field.Value)));
        return await _http.PostAsync(path, content);
    }

    public void Dispose() => _http.Dispose();

    [GeneratedRegex("name=\"key\" value=\"(?<key>[^\"]*)\"", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex KeyPattern();
}
