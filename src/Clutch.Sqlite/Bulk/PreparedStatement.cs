using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Clutch.Sqlite.Bulk;

/// <summary>A statement prepared on a connection's own handle.</summary>
internal class PreparedStatement : IDisposable
{
    private readonly sqlite3 _database;

    public PreparedStatement(SqliteConnection connection, string text)
    {
        _database = connection.Handle!;
        Check(raw.sqlite3_prepare_v3(_database, text, raw.SQLITE_PREPARE_PERSISTENT, out var handle));
        Handle = handle;
    }

    public sqlite3_stmt Handle { get; }

    public void Dispose() => Handle.Dispose();

    protected int Changes => raw.sqlite3_changes(_database);

    protected void Check(int code)
    {
        if (code is not (raw.SQLITE_OK or raw.SQLITE_DONE))
            SqliteException.ThrowExceptionForRC(code, _database);
    }
}
