using System.Text.Json.Serialization;

namespace Clutch.Tests.Http;

/// <summary>A handler that answers as a test says.</summary>
internal sealed class Scripted(Func<HttpRequestMessage, CancellationToken, Task<HttpResponseMessage>> answer) : HttpMessageHandler
{
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) => answer(request, cancellationToken);
}

[JsonSerializable(typeof(int[]))]
internal sealed partial class TestJson : JsonSerializerContext;
