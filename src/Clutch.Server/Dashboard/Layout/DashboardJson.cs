using System.Text.Json.Serialization;

namespace Clutch.Server.Dashboard.Layout;

[JsonSerializable(typeof(Dictionary<string, string>))]
internal sealed partial class DashboardJson : JsonSerializerContext;
