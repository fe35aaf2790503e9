using System.Net;
using Clutch.Outbox.Faults;

namespace Clutch.Database.Tests.Outbox;

/// <summary>Sends each body in two halves, the first of which has left the process when <see cref="HalfSent"/> is reached.</summary>
internal sealed class HalfSender() : DelegatingHandler(new SocketsHttpHandler())
{
    /// <summary>K8: half of the bytes are sent.</summary>
    public const string HalfSent = "sender.half-sent";

    private readonly IOutboxFaults? _faults = FailPoint.FromEnvironment();

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (request.Content is { } whole)
            request.Content = await HalvedContent.OfAsync(whole, () => _faults?.Reach(HalfSent), cancellationToken);
        return await base.SendAsync(request, cancellationToken);
    }

    private sealed class HalvedContent(byte[] bytes, Action between) : HttpContent
    {
        public static async Task<HalvedContent> OfAsync(HttpContent whole, Action between, CancellationToken cancellationToken)
        {
            var halved = new HalvedContent(await whole.ReadAsByteArrayAsync(cancellationToken), between);
            foreach (var (name, values) in whole.Headers)
                halved.Headers.TryAddWithoutValidation(name, values);
            return halved;
        }

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            var half = bytes.Length / 2;
            await stream.WriteAsync(bytes.AsMemory(0, half));
            await stream.FlushAsync();
            between();
            await stream.WriteAsync(bytes.AsMemory(half));
        }

        protected override bool TryComputeLength(out long length)
        {
            length = bytes.Length;
            return true;
        }
    }
}
