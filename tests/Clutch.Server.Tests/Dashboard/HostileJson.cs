using System.Text.Json.Serialization;

namespace Clutch.Server.Tests.Dashboard;

[JsonSerializable(typeof(string))]
[JsonSerializable(typeof(Dictionary<string, string>))]
internal sealed partial class HostileJson : JsonSerializerContext;
