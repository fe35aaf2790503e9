using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;

namespace Clutch.Tests.Architecture;

/// <summary>Writes down what an assembly shows to its users, one line a member, in an order that does not depend on the source.</summary>
internal static class ApiText
{
    private const BindingFlags All = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    public static string Of(Assembly assembly)
    {
        var text = new StringBuilder();
        foreach (var type in assembly.GetTypes().Where(IsVisible).OrderBy(type => type.FullName, StringComparer.Ordinal))
        {
            text.Append(Heading(type)).Append('\n');
            foreach (var line in Members(type).Order(StringComparer.Ordinal))
                text.Append("    ").Append(line).Append('\n');
        }

        return text.ToString();
    }

    // Razor makes every component public; those of the dashboard are pages and no API.
    private static bool IsVisible(Type type) =>
        type.IsVisible && !type.FullName!.Contains('<', StringComparison.Ordinal) && type.Namespace?.StartsWith("Clutch.Server.Dashboard", StringComparison.Ordinal) != true;

    private static string Heading(Type type)
    {
        var kind = type switch
        {
            { IsEnum: true } => "enum",
            { IsInterface: true } => "interface",
            { IsValueType: true } => IsRecord(type) ? "record struct" : "struct",
            _ when typeof(Delegate).IsAssignableFrom(type) => "delegate",
            { IsAbstract: true, IsSealed: true } => "static class",
            _ => $"{(type.IsAbstract ? "abstract " : type.IsSealed ? "sealed " : string.Empty)}{(IsRecord(type) ? "record" : "class")}",
        };
        var parents = new[] { type.BaseType }.Where(parent => parent is not null && parent != typeof(object) && parent != typeof(ValueType) && parent != typeof(Enum))
            .Concat(DeclaredInterfaces(type)).Select(parent => TypeText.Of(parent!)).Where(parent => !parent.StartsWith("IEquatable<", StringComparison.Ordinal)).ToList();
        return $"{type.Namespace}: {kind} {TypeText.Of(type)}{(parents.Count > 0 ? $" : {string.Join(", ", parents)}" : string.Empty)}{Constraints(type)}";
    }

    private static bool IsRecord(Type type) => type.GetMethod("PrintMembers", All) is not null;

    private static IEnumerable<Type> DeclaredInterfaces(Type type) => type.IsEnum ? [] : type.GetInterfaces()
        .Except(type.BaseType?.GetInterfaces() ?? [])
        .Where(contract => contract.IsVisible)
        .OrderBy(contract => contract.Name, StringComparer.Ordinal);

    private static string Constraints(Type type) => type.IsGenericTypeDefinition ? Constraints(type.GetGenericArguments()) : string.Empty;

    private static string Constraints(IEnumerable<Type> parameters) => string.Concat(parameters
        .Select(parameter => (parameter.Name, Types: parameter.GetGenericParameterConstraints().Select(TypeText.Of).ToList(), parameter.GenericParameterAttributes))
        .Select(parameter => (parameter.Name, Words: Words(parameter.GenericParameterAttributes).Concat(parameter.Types).ToList()))
        .Where(parameter => parameter.Words.Count > 0)
        .Select(parameter => $" where {parameter.Name} : {string.Join(", ", parameter.Words)}"));

    private static IEnumerable<string> Words(GenericParameterAttributes attributes)
    {
        if (attributes.HasFlag(GenericParameterAttributes.ReferenceTypeConstraint))
            yield return "class";
        if (attributes.HasFlag(GenericParameterAttributes.DefaultConstructorConstraint))
            yield return "new()";
    }

    private static IEnumerable<string> Members(Type type)
    {
        if (type.IsEnum)
            return Enum.GetNames(type).Select(name => $"{name} = {Convert.ToInt64(Enum.Parse(type, name), CultureInfo.InvariantCulture).ToString(CultureInfo.InvariantCulture)}");
        var accessors = type.GetProperties(All).SelectMany(property => property.GetAccessors(nonPublic: true)).Concat(type.GetEvents(All).SelectMany(EventMethods)).ToHashSet();
        return type.GetConstructors(All).Where(IsShown).Select(Constructor)
            .Concat(type.GetMethods(All).Where(method => IsShown(method) && !accessors.Contains(method) && !IsWritten(method)).Select(Method))
            .Concat(type.GetProperties(All).Where(property => property.GetAccessors(nonPublic: true).Any(IsShown)).Select(Property))
            .Concat(type.GetEvents(All).Where(happening => IsShown(happening.AddMethod!)).Select(happening => $"event {TypeText.Of(happening.EventHandlerType!)} {happening.Name}"))
            .Concat(type.GetFields(All).Where(field => field.IsPublic).Select(Field));
    }

    private static IEnumerable<MethodInfo> EventMethods(EventInfo happening) => new[] { happening.AddMethod!, happening.RemoveMethod! };

    private static bool IsShown(MethodBase method) => method.IsPublic || ((method.IsFamily || method.IsFamilyOrAssembly) && !method.DeclaringType!.IsSealed);

    // What the compiler writes into every record says nothing.
    private static bool IsWritten(MethodInfo method) =>
        method.Name.Contains('<', StringComparison.Ordinal) || (method.IsDefined(typeof(CompilerGeneratedAttribute)) && method.Name is not "Main");

    private static string Constructor(ConstructorInfo constructor) => $"{Access(constructor)}new({Parameters(constructor)})";

    private static string Method(MethodInfo method)
    {
        var generic = method.IsGenericMethodDefinition ? $"<{string.Join(", ", method.GetGenericArguments().Select(argument => argument.Name))}>" : string.Empty;
        var constraints = method.IsGenericMethodDefinition ? Constraints(method.GetGenericArguments()) : string.Empty;
        return $"{Access(method)}{Modifier(method)}{TypeText.Of(method.ReturnParameter)} {method.Name}{generic}({Parameters(method)}){constraints}";
    }

    private static string Property(PropertyInfo property)
    {
        var shown = property.GetAccessors(nonPublic: true).First(IsShown);
        var get = property.GetMethod is { } getter && IsShown(getter) ? " get;" : string.Empty;
        var set = property.SetMethod is { } setter && IsShown(setter) ? IsInit(setter) ? " init;" : " set;" : string.Empty;
        var required = property.IsDefined(typeof(RequiredMemberAttribute)) ? "required " : string.Empty;
        var index = property.GetIndexParameters() is { Length: > 0 } parameters ? $"[{string.Join(", ", parameters.Select(Parameter))}]" : string.Empty;
        return $"{Access(shown)}{Modifier(shown)}{required}{TypeText.Of(property)} {property.Name}{index} {{{get}{set} }}";
    }

    private static bool IsInit(MethodInfo setter) => setter.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit));

    private static string Field(FieldInfo field) => field.IsLiteral
        ? $"const {TypeText.Of(field.FieldType)} {field.Name} = {Value(field.GetRawConstantValue())}"
        : $"{(field.IsStatic ? "static " : string.Empty)}{(field.IsInitOnly ? "readonly " : string.Empty)}{TypeText.Of(field.FieldType)} {field.Name}";

    private static string Access(MethodBase method) => method.IsPublic ? string.Empty : "protected ";

    private static string Modifier(MethodInfo method) => method switch
    {
        { IsStatic: true } => "static ",
        { DeclaringType.IsInterface: true } => method.IsAbstract ? string.Empty : "default ",
        { IsAbstract: true } => "abstract ",
        { IsVirtual: true, IsFinal: false } => method.GetBaseDefinition() != method ? "override " : "virtual ",
        _ => string.Empty,
    };

    private static string Parameters(MethodBase method) =>
        (method.IsDefined(typeof(ExtensionAttribute)) ? "this " : string.Empty) + string.Join(", ", method.GetParameters().Select(Parameter));

    private static string Parameter(ParameterInfo parameter)
    {
        var way = parameter switch
        {
            { IsOut: true } => "out ",
            { ParameterType.IsByRef: true } => parameter.IsIn ? "in " : "ref ",
            _ => parameter.IsDefined(typeof(ParamArrayAttribute)) ? "params " : string.Empty,
        };
        var value = parameter.HasDefaultValue ? $" = {Value(parameter.DefaultValue)}" : string.Empty;
        return $"{way}{TypeText.Of(parameter)} {parameter.Name}{value}";
    }

    private static string Value(object? value) => value switch
    {
        null => "default",
        string text => $"\"{text}\"",
        bool flag => flag ? "true" : "false",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };
}
