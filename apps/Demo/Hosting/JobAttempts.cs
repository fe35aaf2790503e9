using Clutch.Executions;
using Clutch.Repository;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace Demo.Hosting;

/// <summary>How often in a row a job ended badly: what does not mend itself in five attempts needs a person.</summary>
internal sealed class JobAttempts(string jobName)
{
    private const int Most = 5;

    private static readonly HashSet<string> DatabaseFaults = [nameof(SqliteException), nameof(NpgsqlException), nameof(PostgresException), nameof(RepositoryException)];

    private int _failedCount;

    /// <summary>Whether it ended well; if not, another attempt is worth it.</summary>
    /// <exception cref="RepositoryException">The last attempt is used up, and the database failed it.</exception>
    /// <exception cref="InvalidOperationException">The last attempt is used up.</exception>
    public bool EndedWell(JobExecution ended)
    {
        _failedCount = ended.Status is BatchStatus.Completed ? 0 : _failedCount + 1;
        return _failedCount < Most ? _failedCount == 0 : throw GivenUp(ended);
    }

    private Exception GivenUp(JobExecution ended)
    {
        var message = $"Job '{jobName}' ended {ended.Status}: {ended.Failure?.Message}";
        return ended.Failure is { } failure && DatabaseFaults.Contains(failure.Type) ? new RepositoryException(message) : new InvalidOperationException(message);
    }
}
