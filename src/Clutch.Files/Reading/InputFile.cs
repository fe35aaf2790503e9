namespace Clutch.Files.Reading;

/// <summary>A file to read.</summary>
/// <param name="Name">How messages and locations name it.</param>
/// <param name="Path">Where it lies.</param>
internal readonly record struct InputFile(string Name, string Path);
