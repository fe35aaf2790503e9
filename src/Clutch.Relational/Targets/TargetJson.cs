using System.Text.Json.Serialization;

namespace Clutch.Relational.Targets;

/// <summary>Lists of ids within a row.</summary>
[JsonSerializable(typeof(long[]))]
internal sealed partial class TargetJson : JsonSerializerContext;
