namespace CalendarSync.Storage;

/// <summary>Instants as both stores keep them.</summary>
internal static class StoredTime
{
    /// <summary>Now, in whole milliseconds: what is written is what is read again, on either store.</summary>
    public static DateTimeOffset GetStoredNow(this TimeProvider clock)
    {
        ArgumentNullException.ThrowIfNull(clock);
        return DateTimeOffset.FromUnixTimeMilliseconds(clock.GetUtcNow().ToUnixTimeMilliseconds());
    }
}
