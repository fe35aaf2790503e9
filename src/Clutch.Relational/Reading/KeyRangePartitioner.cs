using System.Data.Common;
using System.Globalization;
using Clutch.Executions;
using Clutch.Steps;

namespace Clutch.Relational.Reading;

/// <summary>Cuts a table into ranges of equally many rows, however the keys are spread: it counts rows in the key's order and does not calculate with keys.</summary>
internal sealed class KeyRangePartitioner<T>(RelationalDatabase database, KeysetQuery<T> query, int count) : IPartitioner
{
    public async ValueTask<IReadOnlyList<PartitionSpec>> PartitionAsync(StepContext step, CancellationToken cancellationToken)
    {
        var total = await database.QueryAsync(query.Counting(), ReadCountAsync, cancellationToken);
        if (total == 0)
            return [];
        var size = (total + count - 1) / count;
        var ends = await database.QueryAsync(query.Cutting(size), Rows.All(ReadKey), cancellationToken);
        return Cut(ends, size, total);
    }

    private static List<PartitionSpec> Cut(IReadOnlyList<IReadOnlyList<object>> ends, long size, long total)
    {
        var specs = new List<PartitionSpec>();
        KeysetPosition? after = null;
        for (var i = 0; i * size < total; i++)
        {
            // The last range has no end, so rows added behind the cut are read, too.
            var isLast = (i + 1) * size >= total;
            var upTo = isLast ? null : new KeysetPosition(0, ends[i]);
            var range = new KeyRange(after, upTo, isLast ? total - (i * size) : size);
            specs.Add(new(string.Create(CultureInfo.InvariantCulture, $"{i + 1:D3}"), range.ToData()));
            after = upTo;
        }

        return specs;
    }

    private IReadOnlyList<object> ReadKey(DbDataReader row) => [.. query.Key.Select((_, i) => row.GetValue(i))];

    private static async ValueTask<long> ReadCountAsync(DbDataReader rows, CancellationToken cancellationToken) =>
        await rows.ReadAsync(cancellationToken) ? rows.GetInt64(0) : 0;
}
