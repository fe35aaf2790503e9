namespace Clutch.Database.Tests.Engine;

internal static class Throw
{
    public static void If(bool condition, string message)
    {
        if (condition)
            throw new InvalidOperationException(message);
    }
}
