using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Apps.Tests.CalendarSync.Security;

/// <summary>A server that answers with the bytes a test wants, and remembers who came.</summary>
internal sealed class RawServer : IAsyncDisposable
{
    private readonly TcpListener _listener;
    private readonly Func<string, string> _answer;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _serving;
    private int _connectionCount;

    /// <param name="answer">The whole answer to a request, given its head.</param>
    /// <param name="address">Where it listens.</param>
    /// <param name="port">On which port; 0 for a free one.</param>
    public RawServer(Func<string, string> answer, IPAddress? address = null, int port = 0)
    {
        _answer = answer;
        _listener = new TcpListener(address ?? IPAddress.Loopback, port);
        _listener.Start();
        _serving = ServeAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public int ConnectionCount => Volatile.Read(ref _connectionCount);

    /// <summary>The heads of all requests, in order.</summary>
    public ConcurrentQueue<string> Requests { get; } = new();

    public static string Ok(string body, string headers = "") =>
        $"HTTP/1.1 200 OK\r\nContent-Type: text/calendar\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\nConnection: close\r\n{headers}\r\n{body}";

    public static string Status(int status, string headers = "") => $"HTTP/1.1 {status} X\r\nContent-Length: 0\r\nConnection: close\r\n{headers}\r\n";

    public static string Redirect(string location, int status = 302) => Status(status, $"Location: {location}\r\n");

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _serving;
        _stop.Dispose();
    }

    private async Task ServeAsync()
    {
        List<Task> connections = [];
        try
        {
            while (true)
            {
                var socket = await _listener.AcceptSocketAsync(_stop.Token);
                Interlocked.Increment(ref _connectionCount);
                connections.Add(AnswerAsync(socket));
            }
        }
        catch (Exception) when (_stop.IsCancellationRequested)
        {
            // Stopped while it waited for a caller, or between two.
            await Task.WhenAll(connections);
        }
    }

    private async Task AnswerAsync(Socket socket)
    {
        using var owned = socket;
        try
        {
            await using var stream = new NetworkStream(socket);
            var head = await ReadHeadAsync(stream);
            if (head.Length == 0) return;
            Requests.Enqueue(head);
            await stream.WriteAsync(Encoding.UTF8.GetBytes(_answer(head)), _stop.Token);
        }
        catch (Exception fault) when (fault is IOException or OperationCanceledException or SocketException)
        {
            // The caller went away, or the test is over.
        }
    }

    private async Task<string> ReadHeadAsync(Stream stream)
    {
        var head = new StringBuilder();
        var one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal) && await stream.ReadAsync(one, _stop.Token) == 1) head.Append((char)one[0]);
        return head.ToString();
    }
}
