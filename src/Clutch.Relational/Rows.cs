using System.Data.Common;

namespace Clutch.Relational;

/// <summary>Reads what a <see cref="Statement"/> answers.</summary>
public delegate ValueTask<TResult> RowReader<TResult>(DbDataReader rows, CancellationToken cancellationToken);

/// <summary>The usual ways to read an answer.</summary>
public static class Rows
{
    /// <summary>Reads nothing; answers how many rows were inserted, updated or deleted, over all statements of the command.</summary>
    public static RowReader<int> Affected { get; } = static async (rows, cancellationToken) =>
    {
        while (await rows.NextResultAsync(cancellationToken))
        {
            // The count is complete once all statements have run.
        }

        return Math.Max(0, rows.RecordsAffected);
    };

    /// <summary>Reads the first column of the first row as text; null where there is no row.</summary>
    public static RowReader<string?> Text { get; } = First(static row => row.GetString(0));

    /// <summary>Reads the first row; null where there is none.</summary>
    public static RowReader<T?> First<T>(Func<DbDataReader, T> map)
        where T : class => async (rows, cancellationToken) => await rows.ReadAsync(cancellationToken) ? map(rows) : null;

    /// <summary>Reads all rows.</summary>
    public static RowReader<IReadOnlyList<T>> All<T>(Func<DbDataReader, T> map) => async (rows, cancellationToken) =>
    {
        var all = new List<T>();
        while (await rows.ReadAsync(cancellationToken))
            all.Add(map(rows));
        return all;
    };
}
