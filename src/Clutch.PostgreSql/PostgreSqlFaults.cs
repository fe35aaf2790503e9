using System.Data.Common;
using System.Net.Sockets;
using Clutch.Items;
using Clutch.Repository;
using Npgsql;

namespace Clutch.PostgreSql;

/// <summary>What PostgreSQL's faults mean to an engine and to a person.</summary>
internal sealed class PostgreSqlFaults(string description, string? user)
{
    private const string IdleInTransactionTimeout = "25P03";

    // Where all connections are taken, Npgsql's own sentence says which settings to raise.
    public RepositoryException Unreachable(NpgsqlException fault) => fault.Message.Contains("connection pool has been exhausted", StringComparison.Ordinal)
        ? new($"{description} gave no connection: {fault.Message}", fault)
        : new($"{description} cannot be reached: {Reason(fault)}. Start the server, or correct host and port in the connection string.", fault);

    public RepositoryException? Explain(Exception fault) => (fault as PostgresException)?.SqlState switch
    {
        PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification => new(
            $"{description} refused user '{user}'. Check user name and password in the connection string, and that pg_hba.conf admits them.", fault),
        PostgresErrorCodes.InvalidCatalogName => new(
            $"{description} does not exist. Create it, or correct the database in the connection string.", fault),
        PostgresErrorCodes.InsufficientPrivilege => new(
            $"{description} does not allow user '{user}' to do this: {((PostgresException)fault).MessageText}. Grant the privilege.", fault),
        PostgresErrorCodes.ReadOnlySqlTransaction => new(
            $"{description} is read-only: it is a standby, or 'default_transaction_read_only' is on. Connect to the primary.", fault),
        PostgresErrorCodes.DiskFull => new(
            $"{description} has no disk space left. Free some, then restart the job: it continues after the last committed chunk.", fault),
        PostgresErrorCodes.UndefinedTable when ((PostgresException)fault).MessageText.Contains("clutch_", StringComparison.Ordinal) => new(
            $"{description} has no Clutch schema yet ({((PostgresException)fault).MessageText}). Migrate it first.", fault),
        PostgresErrorCodes.UndefinedColumn when ((PostgresException)fault).MessageText.Contains("clutch_", StringComparison.Ordinal) => new(
            $"{description} has an older Clutch schema than this program ({((PostgresException)fault).MessageText}). Migrate it first.", fault),
        PostgresErrorCodes.InvalidSchemaName => new(
            $"{description} has no such schema to create tables in ({((PostgresException)fault).MessageText}). Create it, or correct the search path.", fault),
        _ => null,
    };

    public static bool IsTransient(Exception? fault) => fault switch
    {
        PostgresException { SqlState: var state } => IsTransientState(state),
        NpgsqlException { IsTransient: true } => true,
        RepositoryException or ItemWriteException or AggregateException => IsTransient(fault.InnerException),
        DbException => false,
        IOException or SocketException or TimeoutException => true,
        _ => false,
    };

    private static bool IsTransientState(string state) => state switch
    {
        PostgresErrorCodes.SerializationFailure
            or PostgresErrorCodes.DeadlockDetected
            or PostgresErrorCodes.LockNotAvailable
            // A server's own limits: a statement that waited too long, a transaction that was silent for too long.
            or PostgresErrorCodes.QueryCanceled
            or IdleInTransactionTimeout
            or PostgresErrorCodes.TooManyConnections
            or PostgresErrorCodes.OutOfMemory
            or PostgresErrorCodes.AdminShutdown
            or PostgresErrorCodes.CrashShutdown
            or PostgresErrorCodes.CannotConnectNow => true,
        // Class 08: connection exceptions.
        _ => state.StartsWith("08", StringComparison.Ordinal),
    };

    private static string Reason(NpgsqlException fault) => fault.InnerException switch
    {
        SocketException socket => socket.SocketErrorCode.ToString(),
        TimeoutException => "no answer in time",
        { } inner => inner.Message.TrimEnd('.'),
        null => fault.Message.TrimEnd('.'),
    };
}
