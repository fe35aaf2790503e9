using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Clutch.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Clutch.Tests.Http;

public sealed class HttpFaultTests
{
    [Theory]
    [InlineData(400, HttpFaultKind.Permanent, 1)]
    [InlineData(401, HttpFaultKind.ChannelFault, 1)]
    [InlineData(403, HttpFaultKind.ChannelFault, 1)]
    [InlineData(404, HttpFaultKind.ChannelFault, 1)]
    [InlineData(405, HttpFaultKind.ChannelFault, 1)]
    [InlineData(406, HttpFaultKind.ChannelFault, 1)]
    [InlineData(421, HttpFaultKind.ChannelFault, 1)]
    [InlineData(431, HttpFaultKind.ChannelFault, 1)]
    [InlineData(408, HttpFaultKind.Unknown, 3)]
    [InlineData(410, HttpFaultKind.Gone, 1)]
    [InlineData(413, HttpFaultKind.TooLarge, 1)]
    [InlineData(415, HttpFaultKind.ChannelFault, 1)]
    [InlineData(422, HttpFaultKind.Permanent, 1)]
    [InlineData(302, HttpFaultKind.ChannelFault, 1)]
    [InlineData(500, HttpFaultKind.Unknown, 3)]
    [InlineData(502, HttpFaultKind.Unknown, 3)]
    [InlineData(503, HttpFaultKind.Unknown, 3)]
    [InlineData(504, HttpFaultKind.Unknown, 3)]
    public async Task A_status_has_its_class_and_only_unknown_outcomes_are_sent_again(int status, HttpFaultKind kind, int calls)
    {
        var count = 0;
        await using var server = await LoopbackServer.StartAsync(app => app.MapGet("/things", () =>
        {
            count++;
            return Results.Problem("It is so.", statusCode: status, title: "No");
        }));

        var fault = await Assert.ThrowsAsync<HttpFaultException>(() => server.Channel().SendAsync(HttpCall.Get("things?key=secret"), default).AsTask());

        Assert.Equal((kind, status, calls), (fault.Kind, fault.Fault.StatusCode, count));
        Assert.Contains($"{server.Address}things", fault.Message, StringComparison.Ordinal);
        Assert.Contains("No: It is so.", fault.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", fault.Message, StringComparison.Ordinal);
        Assert.Equal("It is so.", fault.Fault.Problem!.Detail);
    }

    [Fact]
    public async Task A_reused_idempotency_key_is_told_from_bad_content()
    {
        await using var server = await LoopbackServer.StartAsync(app =>
            app.MapPost("/things", () => Results.Problem(statusCode: 422, type: "https://example.test/problems/idempotency-key-reuse")));

        var fault = await Assert.ThrowsAsync<HttpFaultException>(() => server.Channel().SendAsync(new() { Method = HttpMethod.Post, Path = "things" }, default).AsTask());

        Assert.Equal(HttpFaultKind.KeyReuse, fault.Kind);
    }

    [Fact]
    public void A_member_of_another_type_costs_the_problem_details_nothing_else()
    {
        var problem = HttpProblem.Find("""{"type":"urn:x","title":"No","status":"400","detail":7,"retryable":"true","retryAfter":1.5,"more":[1]}"""u8);

        Assert.Equal(new() { Type = "urn:x", Title = "No", RetryAfterSeconds = 1.5 }, problem);
        Assert.Null(HttpProblem.Find("[1]"u8));
    }

    [Fact]
    public async Task A_byte_order_mark_before_the_json_is_passed_over()
    {
        byte[] body = [0xEF, 0xBB, 0xBF, .. "[1,2]"u8];
        await using var server = await LoopbackServer.StartAsync(app => app.MapGet("/things", () => Results.Bytes(body, "application/json")));

        var answer = await server.Channel().SendAsync(HttpCall.Get("things"), default);

        Assert.Equal([1, 2], answer.ReadJson(TestJson.Default.Int32Array));
    }

    [Fact]
    public async Task Html_instead_of_json_names_address_and_content_type()
    {
        await using var server = await LoopbackServer.StartAsync(app => app.MapGet("/things", () => Results.Content("<html>Sign in</html>", "text/html")));

        var fault = await ReadNumbersAsync(server.Channel());

        Assert.Equal(HttpFaultKind.ChannelFault, fault.Kind);
        Assert.Equal(
            $"'{server.Address}things' answered 200 with content type 'text/html' where JSON was expected. Check the address: a sign-in page, a proxy or another site may be answering.",
            fault.Message);
    }

    [Theory]
    [InlineData("[1, 2", HttpFaultKind.Unknown, 3)]
    [InlineData("", HttpFaultKind.Unknown, 3)]
    [InlineData("{\"a\": 1}", HttpFaultKind.Protocol, 1)]
    [InlineData("[1, nonsense]", HttpFaultKind.Protocol, 1)]
    public async Task Json_that_breaks_off_is_asked_for_again_and_json_of_another_shape_is_not(string body, HttpFaultKind kind, int calls)
    {
        var count = 0;
        await using var server = await LoopbackServer.StartAsync(app => app.MapGet("/things", () =>
        {
            count++;
            return Results.Content(body, "application/json");
        }));

        var fault = await ReadNumbersAsync(server.Channel());

        Assert.Equal((kind, calls), (fault.Kind, count));
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n[1,2")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n[1,2\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n[1,2")]
    [InlineData("")]
    public async Task A_body_shorter_than_announced_is_an_unknown_outcome(string answer)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var stop = new CancellationTokenSource();
        var serving = ServeAsync(listener, answer, stop.Token);
        using var client = new HttpClient { BaseAddress = new($"http://{listener.LocalEndpoint}/") };

        var fault = await ReadNumbersAsync(new("torn", () => client, LoopbackServer.Options()));

        Assert.Equal(HttpFaultKind.Unknown, fault.Kind);
        await stop.CancelAsync();
        // The client itself repeats a GET on a connection that closed without a byte.
        Assert.InRange(await serving, 3, 12);
    }

    [Fact]
    public async Task A_refused_connection_was_not_accepted()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var address = $"http://{listener.LocalEndpoint}/";
        listener.Stop();
        using var client = new HttpClient { BaseAddress = new(address) };

        var fault = await ReadNumbersAsync(new("refused", () => client, LoopbackServer.Options(options => options with { MaxWait = TimeSpan.FromMilliseconds(20) })));

        Assert.Equal(HttpFaultKind.NotAccepted, fault.Kind);
        Assert.StartsWith($"No connection to '{address}things': Connection refused", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_connection_that_is_not_made_in_time_was_not_accepted()
    {
        using var client = new HttpClient(new SocketsHttpHandler
        {
            UseProxy = false,
            ConnectTimeout = TimeSpan.FromMilliseconds(50),
            ConnectCallback = async (_, token) =>
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);
                return Stream.Null;
            },
        })
        { BaseAddress = new("http://silent.invalid/") };

        var fault = await ReadNumbersAsync(new("silent", () => client, LoopbackServer.Options(options => options with { MaxWait = TimeSpan.Zero })));

        Assert.Equal((HttpFaultKind.NotAccepted, "No connection to 'http://silent.invalid/things' within the connect time-out."), (fault.Kind, fault.Message));
    }

    [Fact]
    public async Task A_call_cut_off_by_the_clients_own_time_out_is_an_unknown_outcome()
    {
        using var client = new HttpClient(new Scripted(async (_, token) =>
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);
            return new();
        }))
        { BaseAddress = new("http://silent.invalid/"), Timeout = TimeSpan.FromMilliseconds(20) };

        var fault = await ReadNumbersAsync(new("silent", () => client, LoopbackServer.Options()));

        Assert.Equal(HttpFaultKind.Unknown, fault.Kind);
    }

    [Fact]
    public async Task An_unknown_host_is_a_fault_of_the_channel_and_is_not_tried_again()
    {
        var calls = 0;
        using var client = new HttpClient(new Scripted((_, _) =>
        {
            calls++;
            throw new HttpRequestException(HttpRequestError.NameResolutionError, "Name or service not known (nowhere.invalid:443)", new SocketException((int)SocketError.HostNotFound));
        }))
        { BaseAddress = new("https://nowhere.invalid/") };

        var fault = await ReadNumbersAsync(new("nowhere", () => client, LoopbackServer.Options()));

        Assert.Equal((HttpFaultKind.ChannelFault, 1), (fault.Kind, calls));
        Assert.Equal("The host of 'https://nowhere.invalid/things' is unknown. Check the address.", fault.Message);
        Assert.False(fault.IsTransient);
    }

    [Fact]
    public async Task A_certificate_that_nobody_vouches_for_is_a_fault_of_the_channel()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using var certificate = request.CreateSelfSigned(TimeProvider.System.GetUtcNow().AddDays(-1), TimeProvider.System.GetUtcNow().AddDays(1));
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var accepting = AcceptTlsAsync(listener, certificate);
        using var client = new HttpClient { BaseAddress = new($"https://{listener.LocalEndpoint}/") };

        var fault = await ReadNumbersAsync(new("tls", () => client, LoopbackServer.Options()));

        Assert.Equal(HttpFaultKind.ChannelFault, fault.Kind);
        Assert.StartsWith($"No secure connection to 'https://{listener.LocalEndpoint}/things': ", fault.Message, StringComparison.Ordinal);
        await accepting;
    }

    [Fact]
    public async Task An_answer_longer_than_allowed_is_not_read()
    {
        await using var server = await LoopbackServer.StartAsync(app => app.MapGet("/things", () => Results.Content("[" + new string(' ', 5_000) + "1]", "application/json")));

        var fault = await ReadNumbersAsync(server.Channel(options => options with { MaxResponseBytes = 1_024 }));

        Assert.Equal(HttpFaultKind.Protocol, fault.Kind);
        Assert.Contains("longer than MaxResponseBytes", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_problem_is_read_with_its_extensions_and_nonsense_is_none()
    {
        var problem = HttpProblem.Find("""{"type":"https://x.test/p","title":"T","status":429,"detail":"D","instance":"/i/1","retryable":true,"retryAfter":2.5,"more":[1]}"""u8);

        Assert.Equal(new HttpProblem { Type = "https://x.test/p", Title = "T", Status = 429, Detail = "D", Instance = "/i/1", IsRetryable = true, RetryAfterSeconds = 2.5 }, problem);
        Assert.Null(HttpProblem.Find("<html>"u8));
        Assert.Null(HttpProblem.Find("[]"u8));
    }

    [Theory]
    [InlineData("""{"title":"No"}""")]
    [InlineData("""{"type":null,"title":"No"}""")]
    public async Task A_problem_without_a_type_is_about_blank_and_has_its_class(string body)
    {
        await using var server = await LoopbackServer.StartAsync(app => app.MapGet("/things", () => Results.Content(body, "application/problem+json", statusCode: 422)));

        var fault = await ReadNumbersAsync(server.Channel());

        Assert.Equal((HttpFaultKind.Permanent, "about:blank", "No"), (fault.Kind, fault.Fault.Problem!.Type, fault.Fault.Problem.ToString()));
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    public async Task A_body_that_cannot_be_unpacked_is_an_unknown_outcome(string encoding)
    {
        var count = 0;
        await using var server = await LoopbackServer.StartAsync(app => app.MapGet("/things", (HttpResponse response) =>
        {
            count++;
            response.Headers.ContentEncoding = encoding;
            return Results.Content("not packed at all", "application/json");
        }));
        using var client = new HttpClient(new SocketsHttpHandler { AutomaticDecompression = DecompressionMethods.All }) { BaseAddress = server.Address };

        var fault = await ReadNumbersAsync(new("packed", () => client, LoopbackServer.Options()));

        Assert.Equal((HttpFaultKind.Unknown, 3), (fault.Kind, count));
        Assert.StartsWith($"The answer of '{server.Address}things' cannot be unpacked: ", fault.Message, StringComparison.Ordinal);
    }

    private static async Task<HttpFaultException> ReadNumbersAsync(HttpChannel channel) =>
        await Assert.ThrowsAsync<HttpFaultException>(() => channel.GetJsonAsync("things", TestJson.Default.Int32Array, default).AsTask());

    private static async Task<int> ServeAsync(TcpListener listener, string answer, CancellationToken cancellationToken)
    {
        var count = 0;
        try
        {
            while (true)
            {
                using var connection = await listener.AcceptTcpClientAsync(cancellationToken);
                count++;
                _ = await connection.GetStream().ReadAtLeastAsync(new byte[4_096], 1, throwOnEndOfStream: false, cancellationToken);
                await connection.GetStream().WriteAsync(Encoding.ASCII.GetBytes(answer), cancellationToken);
            }
        }
        catch (OperationCanceledException)
        {
            return count;
        }
    }

    private static async Task AcceptTlsAsync(TcpListener listener, X509Certificate2 certificate)
    {
        using var connection = await listener.AcceptTcpClientAsync();
        await using var secure = new System.Net.Security.SslStream(connection.GetStream());
        // The client refuses the certificate; on which side that surfaces as a fault is the platform's affair.
        await Record.ExceptionAsync(() => secure.AuthenticateAsServerAsync(certificate));
        await Record.ExceptionAsync(() => secure.ReadAsync(new byte[1]).AsTask());
    }
}
