using System.Text.Json.Serialization;

namespace Clutch.Sqlite;

/// <summary>Lists as parameters: SQLite has no arrays, but reads JSON.</summary>
[JsonSerializable(typeof(long[]))]
[JsonSerializable(typeof(string[]))]
internal sealed partial class SqliteJson : JsonSerializerContext;
