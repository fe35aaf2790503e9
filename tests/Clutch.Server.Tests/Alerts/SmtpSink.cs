using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Clutch.Server.Tests.Alerts;

/// <summary>A real, small mail server (RFC 5321) that keeps what it is sent.</summary>
public sealed class SmtpSink : IAsyncDisposable
{
    private readonly TcpListener _listener;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _accepting;

    private SmtpSink(TcpListener listener)
    {
        _listener = listener;
        _accepting = AcceptAsync();
    }

    /// <summary>Headers and bodies, as they came.</summary>
    public ConcurrentQueue<string> Mails { get; } = [];

    /// <summary>An address that it takes no mail for, or null.</summary>
    public string? Refused { get; set; }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public static SmtpSink Start(int port = 0, string? refused = null)
    {
        var listener = new TcpListener(IPAddress.Loopback, port);
        listener.Start();
        return new(listener) { Refused = refused };
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        var talks = new List<Task>();
        try
        {
            while (true)
                talks.Add(TalkAsync(await _listener.AcceptTcpClientAsync(_stop.Token)));
        }
        catch (Exception) when (_stop.IsCancellationRequested)
        {
            await Task.WhenAll(talks);
        }
    }

    private async Task TalkAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                using var reader = new StreamReader(client.GetStream(), Encoding.UTF8);
                await using var writer = new StreamWriter(client.GetStream(), new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)) { NewLine = "\r\n", AutoFlush = true };
                await writer.WriteLineAsync("220 sink");
                while (await reader.ReadLineAsync(_stop.Token) is { } line)
                {
                    if (await AnswerAsync(line, reader, writer))
                        return;
                }
            }
            catch (Exception fault) when (fault is IOException or OperationCanceledException)
            {
                // The client has gone, or the test is over.
            }
        }
    }

    private async Task<bool> AnswerAsync(string line, StreamReader reader, StreamWriter writer)
    {
        switch (line.Split(' ', ':')[0].ToUpperInvariant())
        {
            case "DATA":
                await writer.WriteLineAsync("354 go on");
                Mails.Enqueue(await ReadMailAsync(reader));
                await writer.WriteLineAsync("250 kept");
                return false;
            case "RCPT" when Refused is { } refused && line.Contains($"<{refused}>", StringComparison.Ordinal):
                await writer.WriteLineAsync("550 no such mailbox");
                return false;
            case "QUIT":
                await writer.WriteLineAsync("221 bye");
                return true;
            default:
                await writer.WriteLineAsync("250 ok");
                return false;
        }
    }

    private async Task<string> ReadMailAsync(StreamReader reader)
    {
        var mail = new StringBuilder();
        while (await reader.ReadLineAsync(_stop.Token) is { } line and not ".")
            mail.AppendLine(line);
        return mail.ToString();
    }
}
