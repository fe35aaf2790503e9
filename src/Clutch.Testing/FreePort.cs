using System.Net;
using System.Net.Sockets;

namespace Clutch.Testing;

/// <summary>Ports for servers that must be told theirs before they start.</summary>
public static class FreePort
{
    // Below what Linux, macOS and Windows hand out by themselves (from 32768 or 49152 on): a port of theirs can be another's before the server listens on it.
    private const int First = 20000;
    private const int Count = 12000;

    private static int _last = Environment.ProcessId * 397;

    /// <summary>A loopback port on which nobody listens now, which the system gives to nobody by itself, and which this process gets once in 12,000 calls.</summary>
    /// <exception cref="InvalidOperationException">None of 12,000 is free.</exception>
    public static int Next()
    {
        for (var attempt = 0; attempt < Count; attempt++)
        {
            var port = First + (int)((uint)Interlocked.Increment(ref _last) % Count);
            if (IsFree(port)) return port;
        }

        throw new InvalidOperationException($"None of the loopback ports {First} to {First + Count - 1} is free. End some of the programs that listen there.");
    }

    private static bool IsFree(int port)
    {
        using var listener = new TcpListener(IPAddress.Loopback, port);
        try
        {
            listener.Start();
            return true;
        }
        catch (SocketException taken) when (taken.SocketErrorCode is SocketError.AddressAlreadyInUse or SocketError.AccessDenied)
        {
            return false;
        }
    }
}
