namespace Clutch.Files;

/// <summary>Which column of a row: by name, or by place from 0. A string or a number converts to it.</summary>
public readonly record struct FileColumn
{
    private FileColumn(string? name, int index)
    {
        Name = name;
        Index = index;
    }

    /// <summary>The column's name, or null for a column by place.</summary>
    public string? Name { get; }

    /// <summary>The column's place from 0; -1 for a column by name.</summary>
    public int Index { get; }

    /// <summary>The column of this name. Names match exactly, else without regard to case, underscores, hyphens and blanks.</summary>
    /// <exception cref="ArgumentException">The name is null or empty.</exception>
    public static implicit operator FileColumn(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return new(name, -1);
    }

    /// <summary>The column at this place, from 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The place is negative.</exception>
    public static implicit operator FileColumn(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        return new(name: null, index);
    }
}
