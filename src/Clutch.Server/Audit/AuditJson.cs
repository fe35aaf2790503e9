using System.Text.Json.Serialization;

namespace Clutch.Server.Audit;

[JsonSerializable(typeof(string))]
internal sealed partial class AuditJson : JsonSerializerContext;
