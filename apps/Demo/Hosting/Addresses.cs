using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Demo.Folder;

namespace Demo.Hosting;

/// <summary>Where the three servers listen: on the loopback only.</summary>
internal sealed record Addresses(Uri Dashboard, Uri MainServer, Uri Simulators)
{
    /// <summary>The addresses, each of them free at this moment.</summary>
    /// <exception cref="DemoRefusedException">A port is taken.</exception>
    public static Addresses Claim(DemoOptions options, DataFolder folder, DemoState state)
    {
        // Subscriptions name the simulators' port, so that one stays as it was; the others follow the options.
        var port = options.Port ?? state.SimulatorPort - 2;
        if (state.SimulatorPort - port is 0 or 1)
            throw new DemoRefusedException(2, $"Port {Text(state.SimulatorPort)} belongs to the simulators of this data folder. Give a port that leaves it free: --port N.");
        const string OtherPort = "Give another one: --port N.";
        Check(port, "the dashboard", OtherPort);
        Check(port + 1, "the main server", OtherPort);
        Check(state.SimulatorPort, "the simulators", folder.IsLeftOver ? $"The folder '{folder.Path}' needs this very port: end the other program, or begin anew: --data DIR --port N." : OtherPort);
        return new(At(port), At(port + 1), At(state.SimulatorPort));
    }

    private static void Check(int port, string server, string remedy)
    {
        using var probe = new TcpListener(IPAddress.Loopback, port);
        try
        {
            probe.Start();
        }
        catch (SocketException)
        {
            throw new DemoRefusedException(2, $"Port {Text(port)}, meant for {server}, is in use by another program or may not be used. {remedy}");
        }
    }

    private static Uri At(int port) => new($"http://127.0.0.1:{Text(port)}/");

    private static string Text(int port) => port.ToString(CultureInfo.InvariantCulture);
}
