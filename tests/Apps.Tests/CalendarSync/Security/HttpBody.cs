using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Apps.Tests.CalendarSync.Security;

/// <summary>Answers one request with a packed body.</summary>
internal sealed class HttpBody : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

    public HttpBody(byte[] packed)
    {
        _listener.Start();
        Serving = ServeAsync(packed);
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public Task Serving { get; }

    public void Dispose() => _listener.Dispose();

    private async Task ServeAsync(byte[] packed)
    {
        using var socket = await _listener.AcceptSocketAsync();
        await using var stream = new NetworkStream(socket);
        try
        {
            _ = await stream.ReadAsync(new byte[16_384]);
            await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {packed.Length}\r\nConnection: close\r\n\r\n"));
            await stream.WriteAsync(packed);
        }
        catch (IOException)
        {
            // The reader had enough.
        }
    }
}
