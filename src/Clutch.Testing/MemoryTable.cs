using System.Globalization;
using System.Runtime.CompilerServices;
using Clutch.Items;
using Clutch.Repository;

namespace Clutch.Testing;

/// <summary>A table with a primary key in this process's memory; its writers join the chunk transactions of an <see cref="InMemoryJobRepository"/>.</summary>
public sealed class MemoryTable<T>(Func<T, object> key)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<object, T> _rows = [];
    private readonly List<T> _doubles = [];
    private readonly ConditionalWeakTable<InMemoryChunk, List<(Action Write, IReadOnlyList<T> Rows)>> _staged = [];

    /// <summary>The rows that are committed.</summary>
    public IReadOnlyList<T> Rows
    {
        get
        {
            lock (_lock)
                return [.. _rows.Values, .. _doubles];
        }
    }

    /// <summary>A writer that inserts rows; a key that is there already fails the call as a database would.</summary>
    public IItemWriter<T> CreateWriter() => new Writer(this);

    private void Insert(ReadOnlyMemory<T> rows, InMemoryChunk chunk)
    {
        var staged = _staged.GetOrCreateValue(chunk);
        // What a return to the savepoint undid is not there any more.
        staged.RemoveAll(entry => !chunk.Staged.Contains(entry.Write));
        var known = staged.SelectMany(entry => entry.Rows).Select(key).ToHashSet();
        var added = rows.ToArray();
        foreach (var row in added)
        {
            if (!known.Add(key(row)) || IsCommitted(key(row)))
                throw new DuplicateKeyException(key(row));
        }

        void Write() => Commit(added);
        Action write = Write;
        staged.Add((write, added));
        chunk.Stage(write);
    }

    private bool IsCommitted(object key)
    {
        lock (_lock)
            return _rows.ContainsKey(key);
    }

    // Two transactions may have staged the same key. A double row is kept for the invariants to find.
    private void Commit(T[] rows)
    {
        lock (_lock)
        {
            foreach (var row in rows)
            {
                if (!_rows.TryAdd(key(row), row))
                    _doubles.Add(row);
            }
        }
    }

    private sealed class Writer(MemoryTable<T> table) : IItemWriter<T>
    {
        public ValueTask WriteAsync(WriteBatch<T> batch, ChunkContext chunk, CancellationToken cancellationToken)
        {
            if (chunk.Transaction is not InMemoryChunk transaction)
                throw new InvalidOperationException($"A memory table joins the transactions of an in-memory repository, not '{chunk.Transaction.GetType().Name}'.");
            table.Insert(batch.Items, transaction);
            return ValueTask.CompletedTask;
        }
    }
}

/// <summary>A row with this primary key is in the table already.</summary>
public sealed class DuplicateKeyException(object key) : Exception($"A row with the key '{Convert.ToString(key, CultureInfo.InvariantCulture)}' exists already.");
