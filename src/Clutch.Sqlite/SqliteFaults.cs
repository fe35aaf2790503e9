using System.Globalization;
using Clutch.Items;
using Clutch.Repository;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Clutch.Sqlite;

/// <summary>What SQLite's faults mean to an engine and to a person.</summary>
internal sealed class SqliteFaults(string description, string path)
{
    public SqliteException StillBusy(TimeSpan waited) => new(
        string.Create(CultureInfo.InvariantCulture, $"{description} was still being written by another task of this process after {waited.TotalSeconds} s."), raw.SQLITE_BUSY);

    public RepositoryException? Explain(Exception fault) => (fault as SqliteException)?.SqliteErrorCode switch
    {
        raw.SQLITE_CANTOPEN when !Directory.Exists(Folder) => new($"{description} cannot be opened: the directory '{Folder}' does not exist. Create it, or correct the path.", fault),
        raw.SQLITE_CANTOPEN => new($"{description} cannot be opened or created. Check that the file and its directory '{Folder}' may be read and written by this user.", fault),
        raw.SQLITE_READONLY or raw.SQLITE_PERM or raw.SQLITE_AUTH => new($"{description} is read-only. Make the file and its directory '{Folder}' writable for this user.", fault),
        raw.SQLITE_NOTADB => new($"{description} is not a SQLite database: the file is something else, or damaged. Correct the path, or restore the file from a backup.", fault),
        raw.SQLITE_CORRUPT => new($"{description} is damaged. Restore it from a backup; 'sqlite3 FILE .recover' saves what can be saved.", fault),
        raw.SQLITE_FULL => new($"{description} has no disk space left. Free some, then restart the job: it continues after the last committed chunk.", fault),
        raw.SQLITE_ERROR when fault.Message.Contains("no such table: clutch_", StringComparison.Ordinal) => new($"{description} has no Clutch schema yet. Migrate it first.", fault),
        raw.SQLITE_ERROR when fault.Message.Contains("no such column: clutch_", StringComparison.Ordinal) =>
            new($"{description} has an older Clutch schema than this program. Migrate it first.", fault),
        _ => null,
    };

    public static bool IsTransient(Exception? fault) => fault switch
    {
        SqliteException { SqliteErrorCode: raw.SQLITE_BUSY or raw.SQLITE_LOCKED } => true,
        RepositoryException or ItemWriteException or AggregateException => IsTransient(fault.InnerException),
        _ => false,
    };

    private string Folder => Path.GetDirectoryName(Path.GetFullPath(path)) ?? path;
}
