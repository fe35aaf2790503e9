using System.Data.Common;
using Clutch.Relational;

namespace CalendarSync.Storage;

/// <summary>Statements that are tried again by themselves, so that a fault which passes costs nothing of what was done before them.</summary>
internal static class RepeatedWork
{
    private const string Deadlock = "40P01";
    private const int Attempts = 4;

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);

    /// <summary>Runs a command that only reads; while its faults are transient, three times more.</summary>
    public static async ValueTask<TResult> QueryPatientlyAsync<TResult>(this RelationalDatabase database, Statement statement, RowReader<TResult> read, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await database.QueryAsync(statement, read, cancellationToken);
            }
            catch (Exception fault) when (attempt < Attempts && database.IsTransient(fault))
            {
                await Task.Delay(FirstPause * (1 << (attempt - 1)), TimeProvider.System, cancellationToken);
            }
        }
    }

    /// <summary>Runs a command that changes data, and once more where it was chosen to end a deadlock.</summary>
    public static async ValueTask<TResult> ChangePatientlyAsync<TResult>(this RelationalDatabase database, Statement statement, RowReader<TResult> read, CancellationToken cancellationToken)
    {
        try
        {
            return await database.ChangeAsync(statement, read, cancellationToken);
        }
        catch (DbException fault) when (fault.SqlState == Deadlock)
        {
            return await database.ChangeAsync(statement, read, cancellationToken);
        }
    }
}
