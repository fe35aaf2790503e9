using System.Reflection;

namespace Clutch.Tests.Architecture;

/// <summary>Types as C# writes them, nullability included.</summary>
internal static class TypeText
{
    private static readonly NullabilityInfoContext Nullability = new();

    private static readonly Dictionary<Type, string> Keywords = new()
    {
        [typeof(void)] = "void",
        [typeof(bool)] = "bool",
        [typeof(byte)] = "byte",
        [typeof(char)] = "char",
        [typeof(int)] = "int",
        [typeof(long)] = "long",
        [typeof(double)] = "double",
        [typeof(decimal)] = "decimal",
        [typeof(string)] = "string",
        [typeof(object)] = "object",
    };

    public static string Of(Type type) => Of(type, info: null);

    public static string Of(ParameterInfo parameter)
    {
        lock (Nullability)
            return Of(parameter.ParameterType, Nullability.Create(parameter));
    }

    public static string Of(PropertyInfo property)
    {
        lock (Nullability)
            return Of(property.PropertyType, Nullability.Create(property));
    }

    private static string Of(Type type, NullabilityInfo? info)
    {
        if (type.IsByRef)
            return Of(type.GetElementType()!, info);
        if (Nullable.GetUnderlyingType(type) is { } value)
            return Of(value) + "?";
        var mark = CanBeNull(type, info) ? "?" : string.Empty;
        if (type.IsArray)
            return $"{Of(type.GetElementType()!, info?.ElementType)}[]{mark}";
        return (Keywords.GetValueOrDefault(type) ?? Named(type, info)) + mark;
    }

    // Of an unconstrained type parameter the metadata says nullable, whether it was written with a question mark or not.
    private static bool CanBeNull(Type type, NullabilityInfo? info) =>
        !type.IsValueType && !type.IsGenericParameter && (info?.ReadState is NullabilityState.Nullable || info?.WriteState is NullabilityState.Nullable);

    private static string Named(Type type, NullabilityInfo? info)
    {
        if (type.IsGenericParameter)
            return type.Name;
        var outer = type.DeclaringType is { } declaring ? Named(declaring, info: null) + "." : string.Empty;
        var name = type.Name.Split('`')[0];
        var inherited = type.DeclaringType?.GetGenericArguments().Length ?? 0;
        var arguments = type.GetGenericArguments().Select((argument, index) => Of(argument, info?.GenericTypeArguments.ElementAtOrDefault(index))).Skip(inherited).ToList();
        return $"{outer}{name}{(arguments.Count > 0 ? $"<{string.Join(", ", arguments)}>" : string.Empty)}";
    }
}
