namespace Demo.Hosting;

/// <summary>Ends work that depends on hosts when one of them ends by itself: what would come from it never comes.</summary>
internal static class HostWatch
{
    /// <summary>Runs the work to its end.</summary>
    /// <param name="hosts">Names for people, and what tells that a host ends.</param>
    /// <param name="work">It gets a token that a host's end cancels, too.</param>
    /// <param name="cancellationToken">Ends it as a wish, not as a fault.</param>
    /// <exception cref="InvalidOperationException">A host ended meanwhile.</exception>
    public static async Task<T> RunAsync<T>(IReadOnlyList<(string Name, CancellationToken Ending)> hosts, Func<CancellationToken, Task<T>> work, CancellationToken cancellationToken)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource([cancellationToken, .. hosts.Select(host => host.Ending)]);
        try
        {
            var result = await work(ending.Token);
            return FindEnded() is { } name ? throw Ended(name) : result;
        }
        catch (OperationCanceledException fault) when (FindEnded() is { } name)
        {
            throw Ended(name, fault);
        }

        string? FindEnded() => cancellationToken.IsCancellationRequested ? null : hosts.FirstOrDefault(host => host.Ending.IsCancellationRequested).Name;
    }

    private static InvalidOperationException Ended(string name, Exception? fault = null) => new($"The {name} ended unasked.", fault);
}
