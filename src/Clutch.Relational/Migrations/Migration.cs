using System.Globalization;
using System.Reflection;

namespace Clutch.Relational.Migrations;

/// <summary>One numbered step of a schema. Never edited once released.</summary>
/// <param name="Number">Its place in the order, from 1.</param>
/// <param name="Name">Its name, such as <c>0001_job_repository</c>.</param>
/// <param name="Script">Its statements.</param>
public sealed record Migration(int Number, string Name, string Script)
{
    /// <summary>The migrations embedded in an assembly under a folder, in order: resources named <c>folder/0001_name</c>.</summary>
    public static IReadOnlyList<Migration> Embedded(Assembly assembly, string folder)
    {
        ArgumentNullException.ThrowIfNull(assembly);
        var prefix = folder + "/";
        return assembly.GetManifestResourceNames()
            .Where(resource => resource.StartsWith(prefix, StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
            .Select(resource => Read(assembly, resource, resource[prefix.Length..]))
            .ToArray();
    }

    private static Migration Read(Assembly assembly, string resource, string name)
    {
        using var stream = assembly.GetManifestResourceStream(resource)!;
        using var reader = new StreamReader(stream);
        return new(int.Parse(name.AsSpan(0, 4), CultureInfo.InvariantCulture), name, reader.ReadToEnd());
    }
}
