using System.Linq.Expressions;
using System.Reflection;

namespace Clutch.Files.Reading;

/// <summary>The call that reads a field as a given type.</summary>
internal static class FieldValue
{
    private const BindingFlags Own = BindingFlags.Static | BindingFlags.NonPublic;

    /// <summary>An expression for the field at <paramref name="place"/> of <paramref name="row"/>, or null where no text becomes that type.</summary>
    public static Expression? Read(Type type, bool isNullable, Expression row, Expression place)
    {
        if (type == typeof(string))
            return Call(isNullable ? nameof(StringOrNull) : nameof(String), row, place);
        if (Nullable.GetUnderlyingType(type) is { } underlying)
            return underlying.IsEnum ? Call(nameof(EnumOrNull), row, place, underlying) : IsParsable(underlying) ? Call(nameof(ValueOrNull), row, place, underlying) : null;
        if (type.IsEnum)
            return Call(nameof(Enumeration), row, place, type);
        return IsParsable(type) ? Call(nameof(Value), row, place, type) : null;
    }

    private static bool IsParsable(Type type) => Array.Exists(
        type.GetInterfaces(),
        contract => contract.IsGenericType && contract.GetGenericTypeDefinition() == typeof(ISpanParsable<>) && contract.GetGenericArguments()[0] == type);

    private static MethodCallExpression Call(string method, Expression row, Expression place, Type? type = null)
    {
        var found = typeof(FieldValue).GetMethod(method, Own)!;
        return Expression.Call(type is null ? found : found.MakeGenericMethod(type), row, place);
    }

    private static string String(FileRow row, int place) => row.StringAt(place);

    private static string? StringOrNull(FileRow row, int place) => row.GetStringOrNull(place);

    private static T Value<T>(FileRow row, int place)
        where T : ISpanParsable<T> => row.ValueAt<T>(place);

    private static T? ValueOrNull<T>(FileRow row, int place)
        where T : struct, ISpanParsable<T> => row.GetOrNull<T>(place);

    private static T Enumeration<T>(FileRow row, int place)
        where T : struct, Enum => row.EnumAt<T>(place);

    private static T? EnumOrNull<T>(FileRow row, int place)
        where T : struct, Enum => row.IsEmpty(place) ? null : row.EnumAt<T>(place);
}
