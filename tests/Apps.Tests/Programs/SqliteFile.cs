using Microsoft.Data.Sqlite;

namespace Apps.Tests.Programs;

/// <summary>A SQLite file that a stopped program may have locked: a signal stops it as a whole, and another of its threads may be within a transaction then, which keeps all others out for as long as it sleeps.</summary>
internal static class SqliteFile
{
    /// <summary>Whether somebody holds the write lock for longer than any transaction takes.</summary>
    public static async Task<bool> IsLockedAsync(string connectionString)
    {
        await using var connection = new SqliteConnection($"{connectionString};Pooling=False;Default Timeout=5");
        await connection.OpenAsync();
        try
        {
            await using var transaction = connection.BeginTransaction(deferred: false);
            return false;
        }
        catch (SqliteException fault) when (fault.SqliteErrorCode == 5)
        {
            return true;
        }
    }
}
