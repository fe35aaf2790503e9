namespace Clutch.Server.Security;

/// <summary>The server does not start: it would be reachable by others, and there are no credentials.</summary>
public sealed class ListenRefusedException : Exception
{
    internal ListenRefusedException(string address)
        : base(
            $"The server would listen on '{address}', where others can reach it, but there are no credentials, so it does not start. " +
            "Create an API key ('keys create NAME --role operator') or a person ('users add NAME --role operator'), configure one under Clutch:Server:ApiKeys, " +
            "or listen on the loopback only: 'http://127.0.0.1:5000'.") => Address = address;

    /// <summary>The address.</summary>
    public string Address { get; }
}
