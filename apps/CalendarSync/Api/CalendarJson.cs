using System.Text.Json.Serialization;
using CalendarSync.Events;
using CalendarSync.Exports;
using CalendarSync.Subscriptions;

namespace CalendarSync.Api;

/// <summary>Generated serialisers of all that the API takes and gives.</summary>
[JsonSourceGenerationOptions(System.Text.Json.JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(AccountInput))]
[JsonSerializable(typeof(EventInput))]
[JsonSerializable(typeof(EventView))]
[JsonSerializable(typeof(ExportInput))]
[JsonSerializable(typeof(IReadOnlyList<ExportFeed>))]
[JsonSerializable(typeof(IReadOnlyList<TokenView>))]
[JsonSerializable(typeof(NewAddress))]
[JsonSerializable(typeof(NewToken))]
[JsonSerializable(typeof(NewUser))]
[JsonSerializable(typeof(OccurrenceList))]
[JsonSerializable(typeof(PageOf<EventView>))]
[JsonSerializable(typeof(PageOf<SubscriptionView>))]
[JsonSerializable(typeof(PageOf<UserView>))]
[JsonSerializable(typeof(SubscriptionInput))]
[JsonSerializable(typeof(SubscriptionView))]
[JsonSerializable(typeof(TokenInput))]
[JsonSerializable(typeof(UserInput))]
[JsonSerializable(typeof(UserView))]
internal sealed partial class CalendarJson : JsonSerializerContext;
