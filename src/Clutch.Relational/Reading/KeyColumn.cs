using System.Data.Common;

namespace Clutch.Relational.Reading;

/// <summary>The values of one key column over a page, in an array of their own type: a chunk may end at any row, and boxing each key would cost more than reading it.</summary>
internal abstract class KeyColumn
{
    public static KeyColumn For(DbDataReader rows, int ordinal, int capacity) => rows.GetFieldType(ordinal) switch
    {
        var type when type == typeof(long) => new Typed<long>(ordinal, capacity),
        var type when type == typeof(int) => new Typed<int>(ordinal, capacity),
        var type when type == typeof(short) => new Typed<short>(ordinal, capacity),
        var type when type == typeof(string) => new Typed<string>(ordinal, capacity),
        var type when type == typeof(Guid) => new Typed<Guid>(ordinal, capacity),
        var type when type == typeof(DateTime) => new Typed<DateTime>(ordinal, capacity),
        var type when type == typeof(decimal) => new Typed<decimal>(ordinal, capacity),
        _ => new Typed<object>(ordinal, capacity),
    };

    public abstract void Take(DbDataReader row, int index);

    public abstract object At(int index);

    private sealed class Typed<T>(int ordinal, int capacity) : KeyColumn
        where T : notnull
    {
        private readonly T[] _values = new T[capacity];

        public override void Take(DbDataReader row, int index) => _values[index] = row.GetFieldValue<T>(ordinal);

        public override object At(int index) => _values[index];
    }
}
