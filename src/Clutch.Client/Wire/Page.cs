namespace Clutch.Client.Wire;

/// <summary>A part of a list, read by key: its cost does not grow with its place.</summary>
/// <typeparam name="T">What the list holds.</typeparam>
/// <param name="Items">The items; empty where nothing fits.</param>
/// <param name="Next">Where the next page begins: give it back as the list's cursor. Null on the last page.</param>
public sealed record Page<T>(IReadOnlyList<T> Items, string? Next);
