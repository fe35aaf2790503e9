using System.Text.Json.Serialization;

namespace Clutch.Server.Nodes;

[JsonSerializable(typeof(IReadOnlyList<string>))]
internal sealed partial class NodeJson : JsonSerializerContext;
