namespace Simulators;

/// <summary>Lets a call take as long as the simulated service would.</summary>
internal sealed class Pace(SimulatorOptions options, TimeProvider clock)
{
    /// <summary>How many times slower than usual this request is to be, where a fault ordered so.</summary>
    internal sealed record Slowness(double Factor, TimeSpan AtLeast);

    public Task WaitAsync(HttpContext context, double milliseconds)
    {
        var span = Scale(milliseconds);
        if (context.Features.Get<Slowness>() is { } slowness)
            span = TimeSpan.FromTicks(Math.Max((long)(span.Ticks * slowness.Factor), slowness.AtLeast.Ticks));
        return span <= TimeSpan.Zero ? Task.CompletedTask : Task.Delay(span, clock, context.RequestAborted);
    }

    public TimeSpan Scale(double milliseconds) => TimeSpan.FromMilliseconds(milliseconds * options.TimeScale);
}
