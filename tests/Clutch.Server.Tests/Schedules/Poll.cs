namespace Clutch.Server.Tests.Schedules;

/// <summary>Waits for something to become true, with a generous deadline.</summary>
internal static class Poll
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(2);

    public static async Task<T> UntilAsync<T>(Func<Task<T>> look, Func<T, bool> isThere, TimeSpan? deadline = null)
    {
        var startedAt = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var found = await look();
            if (isThere(found))
                return found;
            if (TimeProvider.System.GetElapsedTime(startedAt) > (deadline ?? Deadline))
                throw new TimeoutException($"It did not come true in time; at last there was: {Describe(found)}");
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        }
    }

    private static string Describe<T>(T found) => found is System.Collections.IEnumerable many and not string ? string.Join("\n", many.Cast<object>()) : $"{found}";
}
