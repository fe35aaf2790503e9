using System.Linq.Expressions;

namespace Clutch.Relational.Tables;

/// <summary>Reads the properties named by <c>p => p.Sku</c> or <c>p => new { p.Warehouse, p.Sku }</c>; nothing is compiled.</summary>
internal static class KeyExpression
{
    public static IReadOnlyList<string> PropertiesOf<T>(Expression<Func<T, object?>> key) => key.Body switch
    {
        NewExpression { Arguments.Count: > 0 } several => several.Arguments.Select(part => PropertyOf(part, key)).ToArray(),
        var one => [PropertyOf(one, key)],
    };

    private static string PropertyOf(Expression part, LambdaExpression key) => part switch
    {
        MemberExpression { Expression: ParameterExpression, Member.Name: var name } => name,
        UnaryExpression { NodeType: ExpressionType.Convert, Operand: var inner } => PropertyOf(inner, key),
        _ => throw new ArgumentException($"The key '{key}' is not made of properties. Write 'p => p.Sku', or 'p => new {{ p.Warehouse, p.Sku }}'.", nameof(key)),
    };
}
