using System.Collections.Concurrent;
using System.Linq.Expressions;
using System.Reflection;

namespace Clutch.Relational.Tables;

/// <summary>Makes table maps.</summary>
/// <remarks>
/// Types of columns: string, bool, short, int, long, float, double, decimal, <see cref="Guid"/>, <see cref="DateOnly"/>, <see cref="TimeOnly"/>, <see cref="DateTime"/>,
/// <see cref="DateTimeOffset"/>, byte arrays, enumerations (written as their names), and the nullable forms of all. Whatever else an item has, convert in <see cref="TableMap{T}.Column"/>.
/// </remarks>
public static class TableMap
{
    /// <summary>An empty map of a table; add <see cref="TableMap{T}.Key"/> and <see cref="TableMap{T}.Column"/>.</summary>
    /// <param name="table">The table's name, qualified by its schema where needed (<c>sales.product</c>).</param>
    public static TableMap<T> For<T>(string table)
    {
        ArgumentException.ThrowIfNullOrEmpty(table);
        return new(table, []);
    }

    /// <summary>A map by convention: each public property that can be read, computed ones included, is the column of its name in snake_case.</summary>
    /// <param name="table">The table's name.</param>
    /// <param name="key">The key: <c>p => p.Sku</c>, or <c>p => new { p.Warehouse, p.Sku }</c>; null for a table that is only inserted into.</param>
    /// <exception cref="NotSupportedException">A property's type has no column type.</exception>
    /// <exception cref="ArgumentException">The key is not made of properties.</exception>
    public static TableMap<T> ByConvention<T>(string table, Expression<Func<T, object?>>? key = null)
    {
        var keys = key is null ? [] : KeyExpression.PropertiesOf(key);
        var map = For<T>(table);
        foreach (var property in typeof(T).GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            if (property.GetMethod is { IsPublic: true } && property.GetIndexParameters().Length == 0)
                map = map.WithProperty(property, keys.Contains(property.Name, StringComparer.Ordinal));
        }

        return map;
    }
}

/// <summary>Which columns of a table an item fills. Immutable: each call answers a new map.</summary>
public sealed class TableMap<T>
{
    // What stores prepare for a map (their SQL, their column types) lives and dies with the map.
    private readonly ConcurrentDictionary<object, object> _prepared = [];

    internal TableMap(string table, IReadOnlyList<ColumnMap<T>> columns)
    {
        Table = table;
        Columns = columns;
        Keys = columns.Where(column => column.IsKey).ToArray();
        Others = columns.Where(column => !column.IsKey).ToArray();
    }

    /// <summary>The table's name.</summary>
    public string Table { get; }

    /// <summary>All columns, in the order they were added.</summary>
    public IReadOnlyList<ColumnMap<T>> Columns { get; }

    /// <summary>The columns that name a row.</summary>
    public IReadOnlyList<ColumnMap<T>> Keys { get; }

    /// <summary>The columns besides the key.</summary>
    public IReadOnlyList<ColumnMap<T>> Others { get; }

    /// <summary>Adds a column of the key.</summary>
    /// <exception cref="NotSupportedException">The type has no column type.</exception>
    public TableMap<T> Key<TValue>(string name, Func<T, TValue> value) => With(new ColumnMap<T, TValue>(name, isKey: true, value));

    /// <summary>Adds a column.</summary>
    /// <exception cref="NotSupportedException">The type has no column type.</exception>
    public TableMap<T> Column<TValue>(string name, Func<T, TValue> value) => With(new ColumnMap<T, TValue>(name, isKey: false, value));

    /// <summary>What a store kept for this map, or null.</summary>
    /// <param name="owner">The database for which it was prepared.</param>
    public TPrepared? FindPrepared<TPrepared>(object owner)
        where TPrepared : class => _prepared.TryGetValue(owner, out var prepared) ? (TPrepared)prepared : null;

    /// <summary>Keeps what a store prepared for this map, such as its statements and column types.</summary>
    public TPrepared KeepPrepared<TPrepared>(object owner, TPrepared prepared)
        where TPrepared : class => (TPrepared)_prepared.GetOrAdd(owner, prepared);

    /// <summary>Refuses an operation by key where the map names none.</summary>
    /// <exception cref="InvalidOperationException">The map has no key.</exception>
    public void ThrowIfKeyless(string operation)
    {
        if (Keys.Count == 0)
            throw new InvalidOperationException($"A bulk {operation} of table '{Table}' needs a key. Add Key(\"...\", item => ...) to its map, or name it with 'key:'.");
    }

    internal TableMap<T> WithProperty(PropertyInfo property, bool isKey)
    {
        if (!ValueWriters.Supports(property.PropertyType))
        {
            throw new NotSupportedException(
                $"Property '{property.Name}' of '{typeof(T).Name}' is a '{property.PropertyType}', which has no column type. " +
                $"Map table '{Table}' yourself: TableMap.For<{typeof(T).Name}>(\"{Table}\").Key(...).Column(...).");
        }

        var add = typeof(TableMap<T>).GetMethod(nameof(WithGetter), BindingFlags.NonPublic | BindingFlags.Instance)!.MakeGenericMethod(property.PropertyType);
        return (TableMap<T>)add.Invoke(this, [SnakeCase.Of(property.Name), property.GetMethod, isKey])!;
    }

    private TableMap<T> WithGetter<TValue>(string name, MethodInfo getter, bool isKey) => With(new ColumnMap<T, TValue>(name, isKey, GetterOf<TValue>(getter)));

    // A delegate straight onto the getter: no expression is compiled, which would cost tens of milliseconds at start-up.
    private static Func<T, TValue> GetterOf<TValue>(MethodInfo getter)
    {
        if (!typeof(T).IsValueType)
            return getter.CreateDelegate<Func<T, TValue>>();
        var byReference = (StructGetter<TValue>)Delegate.CreateDelegate(typeof(StructGetter<TValue>), getter);
        return item => byReference(ref item);
    }

    private TableMap<T> With(ColumnMap<T> column)
    {
        return Columns.Any(known => string.Equals(known.Name, column.Name, StringComparison.OrdinalIgnoreCase))
            ? throw new InvalidOperationException($"Table '{Table}' has column '{column.Name}' in its map already.")
            : new(Table, [.. Columns, column]);
    }

    private delegate TValue StructGetter<TValue>(ref T item);
}
