namespace Demo.Hosting;

/// <summary>Lets the demo decide when its hosts end: each of them by itself would take Ctrl-C for its own.</summary>
internal sealed class QuietLifetime : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
