using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Npgsql;

namespace Clutch.Benchmarks.Stores;

/// <summary>Stands between a client and a PostgreSQL server and counts what passes. For counting only: it costs time of its own.</summary>
internal sealed class CountingProxy : IAsyncDisposable
{
    private const byte Query = (byte)'Q';
    private const byte Execute = (byte)'E';
    private const byte ReadyForQuery = (byte)'Z';

    private readonly NpgsqlConnectionStringBuilder _server;
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _lock = new();
    private Traffic _traffic;

    private CountingProxy(string connectionString)
    {
        _server = new(connectionString);
        _listener.Start();
        _ = AcceptAsync();
    }

    /// <summary>How to reach the server through it: unencrypted, for it must understand what passes.</summary>
    public string ConnectionString => new NpgsqlConnectionStringBuilder(_server.ConnectionString)
    {
        Host = "127.0.0.1",
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port,
        SslMode = SslMode.Disable,
    }.ConnectionString;

    public static CountingProxy Before(string connectionString) => new(connectionString);

    /// <summary>What passes during the work.</summary>
    public async Task<Traffic> CountAsync(Func<Task> work)
    {
        var before = Read();
        await work();
        return Read() - before;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        _stop.Dispose();
    }

    private Traffic Read()
    {
        lock (_lock)
            return _traffic;
    }

    private void Add(Traffic more)
    {
        lock (_lock)
            _traffic = new(_traffic.RoundTrips + more.RoundTrips, _traffic.Statements + more.Statements, _traffic.Transactions + more.Transactions);
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                _ = ServeAsync(await _listener.AcceptSocketAsync(_stop.Token));
        }
        catch (Exception) when (_stop.IsCancellationRequested)
        {
            // It is disposed.
        }
    }

    private async Task ServeAsync(Socket client)
    {
        using var server = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        client.NoDelay = true;
        using (client)
        {
            await server.ConnectAsync(_server.Host!, _server.Port, _stop.Token);
            var conversation = new Conversation(this);
            await Task.WhenAny(PumpAsync(client, server, conversation.FromClient), PumpAsync(server, client, conversation.FromServer));
        }
    }

    private async Task PumpAsync(Socket from, Socket to, Action<ReadOnlySpan<byte>> look)
    {
        var buffer = new byte[65_536];
        try
        {
            while (await from.ReceiveAsync(buffer, _stop.Token) is > 0 and var length)
            {
                look(buffer.AsSpan(0, length));
                await to.SendAsync(buffer.AsMemory(0, length), _stop.Token);
            }
        }
        catch (Exception fault) when (fault is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // One side has hung up.
        }
    }

    /// <summary>One connection.</summary>
    private sealed class Conversation
    {
        private readonly CountingProxy _proxy;
        private readonly MessageScanner _client;
        private readonly MessageScanner _server;
        private bool _serverSpoke;
        private int _resets;

        public Conversation(CountingProxy proxy)
        {
            _proxy = proxy;
            // The first message of a client has no type.
            _client = new(hasTypelessStart: true, OnClient);
            _server = new(hasTypelessStart: false, OnServer);
        }

        public void FromClient(ReadOnlySpan<byte> bytes)
        {
            if (Interlocked.Exchange(ref _serverSpoke, false))
                _proxy.Add(new(RoundTrips: 1, 0, 0));
            _client.Take(bytes);
        }

        public void FromServer(ReadOnlySpan<byte> bytes)
        {
            Volatile.Write(ref _serverSpoke, true);
            _server.Take(bytes);
        }

        private void OnClient(byte type, ReadOnlySpan<byte> start)
        {
            if (type == Query && IsReset(Encoding.ASCII.GetString(start)))
                Interlocked.Increment(ref _resets);
            else if (type is Query or Execute)
                _proxy.Add(new(0, Statements: 1, 0));
        }

        private void OnServer(byte type, ReadOnlySpan<byte> start)
        {
            // Idle after an answer: a transaction has ended, be it one statement's own.
            if (type != ReadyForQuery || start[0] != (byte)'I')
                return;
            if (Volatile.Read(ref _resets) > 0)
                Interlocked.Decrement(ref _resets);
            else
                _proxy.Add(new(0, 0, Transactions: 1));
        }

        private static bool IsReset(string text) =>
            text.StartsWith("DISCARD", true, CultureInfo.InvariantCulture) || text.StartsWith("SET SESSION AUTHORIZATION", true, CultureInfo.InvariantCulture);
    }
}
