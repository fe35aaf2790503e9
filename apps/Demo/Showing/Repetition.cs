namespace Demo.Showing;

/// <summary>Looks again and again, for those who watch.</summary>
internal static class Repetition
{
    /// <summary>Looks until it is ended. A look that fails is logged, once for all that fail in a row.</summary>
    public static async Task RunAsync(Func<CancellationToken, Task> look, TimeSpan pause, ILogger logger, CancellationToken cancellationToken)
    {
        var failed = false;
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await look(cancellationToken);
                failed = false;
            }
            catch (Exception fault)
            {
                if (!failed && !cancellationToken.IsCancellationRequested)
                    logger.ProgressUnknown(fault);
                failed = true;
            }

            await Task.Delay(pause, TimeProvider.System, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
