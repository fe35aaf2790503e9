using System.Reflection;

namespace Clutch.Relational.Tables;

/// <summary>For each supported type of property how its values go to a sink.</summary>
internal static class ValueWriters
{
    private static readonly Dictionary<Type, Delegate> ByType = new()
    {
        [typeof(string)] = (Action<string?, IValueSink>)((value, sink) => { if (value is null) sink.WriteNull(); else sink.Write(value); }),
        [typeof(byte[])] = (Action<byte[]?, IValueSink>)((value, sink) => { if (value is null) sink.WriteNull(); else sink.Write(value); }),
        [typeof(bool)] = (Action<bool, IValueSink>)((value, sink) => sink.Write(value)),
        [typeof(short)] = (Action<short, IValueSink>)((value, sink) => sink.Write((long)value)),
        [typeof(int)] = (Action<int, IValueSink>)((value, sink) => sink.Write((long)value)),
        [typeof(long)] = (Action<long, IValueSink>)((value, sink) => sink.Write(value)),
        [typeof(float)] = (Action<float, IValueSink>)((value, sink) => sink.Write(value)),
        [typeof(double)] = (Action<double, IValueSink>)((value, sink) => sink.Write(value)),
        [typeof(decimal)] = (Action<decimal, IValueSink>)((value, sink) => sink.Write(value)),
        [typeof(Guid)] = (Action<Guid, IValueSink>)((value, sink) => sink.Write(value)),
        [typeof(DateOnly)] = (Action<DateOnly, IValueSink>)((value, sink) => sink.Write(value)),
        [typeof(TimeOnly)] = (Action<TimeOnly, IValueSink>)((value, sink) => sink.Write(value)),
        [typeof(DateTime)] = (Action<DateTime, IValueSink>)((value, sink) => sink.Write(value)),
        [typeof(DateTimeOffset)] = (Action<DateTimeOffset, IValueSink>)((value, sink) => sink.Write(value)),
    };

    private static readonly MethodInfo NullableFactory = typeof(ValueWriters).GetMethod(nameof(ForNullable), BindingFlags.NonPublic | BindingFlags.Static)!;
    private static readonly MethodInfo EnumFactory = typeof(ValueWriters).GetMethod(nameof(ForEnum), BindingFlags.NonPublic | BindingFlags.Static)!;

    /// <summary>Whether values of the type can be written to a column.</summary>
    public static bool Supports(Type type)
    {
        var plain = Nullable.GetUnderlyingType(type) ?? type;
        return plain.IsEnum || ByType.ContainsKey(plain);
    }

    /// <summary>How values of the type go to a sink.</summary>
    /// <exception cref="NotSupportedException">There is no column type for it.</exception>
    public static Action<TValue, IValueSink> For<TValue>(string column)
    {
        if (!Supports(typeof(TValue)))
        {
            throw new NotSupportedException(
                $"Column '{column}' takes a '{typeof(TValue)}', which has no column type. Map it to text, a number, a date, a GUID, bytes or an enumeration, " +
                "with a lambda that converts it, or leave the column out.");
        }

        return (Action<TValue, IValueSink>)Find(typeof(TValue));
    }

    private static Delegate Find(Type type) => Nullable.GetUnderlyingType(type) is { } plain
        ? (Delegate)NullableFactory.MakeGenericMethod(plain).Invoke(obj: null, [Find(plain)])!
        : type.IsEnum
            ? (Delegate)EnumFactory.MakeGenericMethod(type).Invoke(obj: null, [])!
            : ByType[type];

    private static Action<T?, IValueSink> ForNullable<T>(Action<T, IValueSink> plain)
        where T : struct => (value, sink) =>
    {
        if (value is { } present)
            plain(present, sink);
        else
            sink.WriteNull();
    };

    private static Action<T, IValueSink> ForEnum<T>()
        where T : struct, Enum
    {
        var names = Enum.GetValues<T>().Distinct().ToDictionary(value => value, value => value.ToString());
        return (value, sink) => sink.Write(names.TryGetValue(value, out var name) ? name : value.ToString());
    }
}
