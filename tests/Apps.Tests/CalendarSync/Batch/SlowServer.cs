using System.Net;
using System.Net.Sockets;
using System.Text;
using Apps.Tests.CalendarSync.Security;

namespace Apps.Tests.CalendarSync.Batch;

/// <summary>A calendar server that answers when the test says so: meanwhile a check is under way.</summary>
internal sealed class SlowServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

    public SlowServer() => _listener.Start();

    public string Url => $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/a.ics";

    /// <summary>Answers the one request of a run, after what is to happen before it is answered, and waits for the run's end.</summary>
    public async Task AnswerAsync(string body, Task run, Func<Task>? meanwhile = null)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        using var socket = await _listener.AcceptSocketAsync(patience.Token);
        await using var stream = new NetworkStream(socket);
        _ = await stream.ReadAsync(new byte[16_384], patience.Token);
        if (meanwhile is not null) await meanwhile();
        await stream.WriteAsync(Encoding.UTF8.GetBytes(RawServer.Ok(body)), patience.Token);
        await run;
    }

    public void Dispose() => _listener.Dispose();
}
