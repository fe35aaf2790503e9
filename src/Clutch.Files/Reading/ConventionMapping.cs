using System.Diagnostics.CodeAnalysis;
using System.Linq.Expressions;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace Clutch.Files.Reading;

/// <summary>Maps columns to the constructor parameters and properties of the same names; compiled once, bound to each file's header by places.</summary>
internal sealed class ConventionMapping<T> : IRowMapping<T>
{
    private const int Absent = -1;
    private readonly IReadOnlyList<string> _requiredColumns;
    private readonly List<Slot> _slots = [];
    private readonly List<PropertyInfo> _unreadable = [];
    private readonly Func<FileRow, int[], T> _map;
    private int[] _places = [];

    public ConventionMapping(IReadOnlyList<string> requiredColumns)
    {
        _requiredColumns = requiredColumns;
        _map = Compile();
    }

    public void Bind(string fileName, Header? header)
    {
        if (header is null)
            return;
        foreach (var column in _requiredColumns)
            header.Get(column);
        if (_unreadable.Find(property => header.Find(property.Name) is not null) is { } unreadable)
            throw NotReadable(unreadable.Name, unreadable.PropertyType);
        _places = [.. _slots.Select(slot => slot.IsRequired ? header.Get(slot.Name) : header.Find(slot.Name) ?? Absent)];
    }

    public T Map(FileRow row) => _map(row, _places);

    private Func<FileRow, int[], T> Compile()
    {
        var row = Expression.Parameter(typeof(FileRow), "row");
        var places = Expression.Parameter(typeof(int[]), "places");
        var constructor = FindConstructor();
        var parameters = constructor?.GetParameters() ?? [];
        var arguments = parameters.Select(parameter => Argument(parameter, row, places)).ToArray();
        var creation = constructor is null ? Expression.New(typeof(T)) : Expression.New(constructor, arguments);
        var isComplete = constructor?.GetCustomAttribute<SetsRequiredMembersAttribute>() is not null;
        var item = Expression.Variable(typeof(T), "item");
        var settings = SettableProperties(parameters).Select(property => Setting(property, item, row, places, isComplete));
        Expression[] body = [Expression.Assign(item, creation), .. settings, item];
        return Expression.Lambda<Func<FileRow, int[], T>>(Expression.Block([item], body), row, places).Compile();
    }

    private static ConstructorInfo? FindConstructor()
    {
        var constructor = typeof(T).GetConstructors().MaxBy(candidate => candidate.GetParameters().Length);
        return constructor is not null || typeof(T).IsValueType
            ? constructor
            : throw new NotSupportedException($"'{typeof(T).Name}' has no public constructor. Write the mapping out: DelimitedFile.Reader(path, row => ...).");
    }

    private static IEnumerable<PropertyInfo> SettableProperties(ParameterInfo[] parameters) => typeof(T)
        .GetProperties(BindingFlags.Public | BindingFlags.Instance)
        .Where(property => property.SetMethod is { IsPublic: true } && property.GetIndexParameters().Length == 0)
        .Where(property => !Array.Exists(parameters, parameter => string.Equals(parameter.Name, property.Name, StringComparison.OrdinalIgnoreCase)));

    private Expression Argument(ParameterInfo parameter, ParameterExpression row, ParameterExpression places)
    {
        var isNullable = new NullabilityInfoContext().Create(parameter).WriteState != NullabilityState.NotNull;
        var place = PlaceOf(new(parameter.Name!, !parameter.HasDefaultValue), places);
        var value = FieldValue.Read(parameter.ParameterType, isNullable, row, place) ?? throw NotReadable(parameter.Name!, parameter.ParameterType);
        return parameter.HasDefaultValue ? OrElse(place, value, DefaultOf(parameter)) : value;
    }

    private Expression Setting(PropertyInfo property, ParameterExpression item, ParameterExpression row, ParameterExpression places, bool isComplete)
    {
        var isRequired = !isComplete && property.GetCustomAttribute<RequiredMemberAttribute>() is not null;
        var isNullable = new NullabilityInfoContext().Create(property).WriteState != NullabilityState.NotNull;
        var place = PlaceOf(new(property.Name, isRequired), places);
        var value = FieldValue.Read(property.PropertyType, isNullable, row, place);
        if (value is null)
            return isRequired ? throw NotReadable(property.Name, property.PropertyType) : LeaveOut(property);
        var assignment = Expression.Assign(Expression.Property(item, property), value);
        return Expression.IfThen(IsPresent(place), assignment);
    }

    // It is no harm where no file has its column; a list of related items, say.
    private DefaultExpression LeaveOut(PropertyInfo property)
    {
        _unreadable.Add(property);
        return Expression.Empty();
    }

    private BinaryExpression PlaceOf(Slot slot, ParameterExpression places)
    {
        _slots.Add(slot);
        return Expression.ArrayIndex(places, Expression.Constant(_slots.Count - 1));
    }

    private static ConditionalExpression OrElse(Expression place, Expression value, Expression absent) => Expression.Condition(IsPresent(place), value, absent);

    private static BinaryExpression IsPresent(Expression place) => Expression.NotEqual(place, Expression.Constant(Absent));

    private static Expression DefaultOf(ParameterInfo parameter) => parameter.DefaultValue is null
        ? Expression.Default(parameter.ParameterType)
        : Expression.Convert(Expression.Constant(parameter.DefaultValue), parameter.ParameterType);

    private static NotSupportedException NotReadable(string member, Type type) => new(
        $"'{member}' of '{typeof(T).Name}' is a '{type.Name}', which no text becomes by itself. Write the mapping out: DelimitedFile.Reader(path, row => ...).");

    private sealed record Slot(string Name, bool IsRequired);
}
