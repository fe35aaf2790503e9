namespace Clutch.Hosting;

/// <summary>How far a clock is ahead of the database's.</summary>
internal static class ClockSkew
{
    /// <summary>The least skew that explains it: the database told its time somewhere between two looks at this process's clock.</summary>
    /// <remarks>The middle of the two would take an answer that was seconds under way for a clock that is seconds wrong.</remarks>
    public static TimeSpan Between(DateTimeOffset before, DateTimeOffset databaseTime, DateTimeOffset after)
    {
        if (before > databaseTime)
            return before - databaseTime;
        return after < databaseTime ? after - databaseTime : TimeSpan.Zero;
    }
}
