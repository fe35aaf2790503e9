using System.Text.Json;
using System.Text.Json.Serialization;

namespace Clutch.Client.Wire;

/// <summary>How the contract lies on the wire: JSON, camel case, enumerations by name, instants in ISO 8601 (UTC).</summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    UseStringEnumConverter = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    NumberHandling = JsonNumberHandling.Strict)]
[JsonSerializable(typeof(IReadOnlyList<JobView>))]
[JsonSerializable(typeof(Page<ExecutionView>))]
[JsonSerializable(typeof(ExecutionDetails))]
[JsonSerializable(typeof(Page<StepView>))]
[JsonSerializable(typeof(ProgressView))]
[JsonSerializable(typeof(LaunchBody))]
[JsonSerializable(typeof(LaunchAnswer))]
[JsonSerializable(typeof(ReasonBody))]
[JsonSerializable(typeof(RedriveBody))]
[JsonSerializable(typeof(RedriveGroupBody))]
[JsonSerializable(typeof(RedriveGroupAnswer))]
[JsonSerializable(typeof(DeadLetterEdit))]
[JsonSerializable(typeof(Page<DeadLetterView>))]
[JsonSerializable(typeof(DeadLetterGroups))]
[JsonSerializable(typeof(OverviewView))]
[JsonSerializable(typeof(IReadOnlyList<JobHistoryView>))]
[JsonSerializable(typeof(IReadOnlyList<NodeView>))]
[JsonSerializable(typeof(Page<AuditEntryView>))]
[JsonSerializable(typeof(SignInBody))]
[JsonSerializable(typeof(SessionView))]
[JsonSerializable(typeof(ProblemView))]
[JsonSerializable(typeof(ScheduleBody))]
[JsonSerializable(typeof(IReadOnlyList<ScheduleView>))]
[JsonSerializable(typeof(SchedulePreviewView))]
[JsonSerializable(typeof(IReadOnlyList<FiringView>))]
[JsonSerializable(typeof(IReadOnlyList<MisfireView>))]
[JsonSerializable(typeof(IReadOnlyList<OutboxChannelView>))]
[JsonSerializable(typeof(Page<OutboxMessageLine>))]
[JsonSerializable(typeof(OutboxSelection))]
[JsonSerializable(typeof(OutboxActionView))]
[JsonSerializable(typeof(Page<AlertView>))]
[JsonSerializable(typeof(AlertDetails))]
[JsonSerializable(typeof(AlertNotice))]
[JsonSerializable(typeof(IReadOnlyList<AlertTargetView>))]
[JsonSerializable(typeof(IReadOnlyList<AlertSilenceView>))]
[JsonSerializable(typeof(AlertSilenceBody))]
[JsonSerializable(typeof(AlertResendBody))]
[JsonSerializable(typeof(AlertTestBody))]
[JsonSerializable(typeof(AlertTestView))]
public sealed partial class WireJson : JsonSerializerContext;
